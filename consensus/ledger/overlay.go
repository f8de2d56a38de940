package ledger

import (
	"bytes"
	"slices"
	"strings"
)

// Overlay is a View with writes on top of another View, which it never changes. It is not safe for concurrent use.
type Overlay struct {
	base   View
	writes map[string]write
}

type write struct {
	value   []byte
	deleted bool
}

// NewOverlay returns an empty Overlay over base.
func NewOverlay(base View) *Overlay {
	return &Overlay{base: base, writes: make(map[string]write)}
}

// Get implements View.
func (o *Overlay) Get(key []byte) (value []byte, ok bool) {
	if w, hit := o.writes[string(key)]; hit {
		return w.value, !w.deleted
	}
	return o.base.Get(key)
}

// Err implements View.
func (o *Overlay) Err() error { return o.base.Err() }

// Put sets the value under a key. The Overlay keeps value, which must not change afterwards.
func (o *Overlay) Put(key, value []byte) { o.writes[string(key)] = write{value: value} }

// Delete removes a key.
func (o *Overlay) Delete(key []byte) { o.writes[string(key)] = write{deleted: true} }

// Diff returns what the Overlay changes, in ascending order of keys and without writes that change nothing. It reads the old values from
// below, so it fails when the View below does.
func (o *Overlay) Diff() (*Diff, error) {
	keys := make([]string, 0, len(o.writes))
	for k := range o.writes {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	d := new(Diff)
	for _, k := range keys {
		w := o.writes[k]
		old, had := o.base.Get([]byte(k))
		if had == !w.deleted && bytes.Equal(old, w.value) {
			continue
		}
		c := Change{Key: []byte(k), Had: had, Has: !w.deleted}
		if had {
			c.Old = slices.Clone(old)
		}
		if c.Has {
			c.New = w.value
		}
		d.Changes = append(d.Changes, c)
	}
	if err := Check(o.base); err != nil {
		return nil, err
	}
	return d, nil
}
