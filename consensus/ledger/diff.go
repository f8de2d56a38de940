package ledger

import (
	"bytes"
	"fmt"

	"github.com/gero-chain/gero/types"
)

// Limits of a Diff's encoding. A block of MaxBodySize bytes stays far below them.
const (
	MaxDiffChanges = 1 << 20
	maxKeySize     = 64
	maxValueSize   = 1 << 10
	minChangeSize  = 4 + 1 + 4 // of a change's encoding: key length, presence bits, one value's length
)

// Change is what happened to one key. Old counts only with Had, New only with Has.
type Change struct {
	Key      []byte
	Had, Has bool
	Old, New []byte
}

// Diff is the outcome of a block on the ledger: every changed key with its old and its new value, keys strictly ascending.
type Diff struct{ Changes []Change }

// Apply hands each new value to put and each removed key to del.
func (d *Diff) Apply(put func(key, value []byte), del func(key []byte)) {
	for i := range d.Changes {
		c := &d.Changes[i]
		if c.Has {
			put(c.Key, c.New)
		} else {
			del(c.Key)
		}
	}
}

// Revert hands each old value to put and each added key to del: applied to the state after the Diff, it gives the state before.
func (d *Diff) Revert(put func(key, value []byte), del func(key []byte)) {
	for i := range d.Changes {
		c := &d.Changes[i]
		if c.Had {
			put(c.Key, c.Old)
		} else {
			del(c.Key)
		}
	}
}

// Presence bits of an encoded Change.
const (
	bitHad = 1 << iota
	bitHas
)

// Bytes returns the canonical encoding: a count, then per change the key with its length, a byte with bit 0 for Had and bit 1 for Has,
// and the values that are present, each with its length.
func (d *Diff) Bytes() []byte {
	e := types.NewEncoder(len(d.Changes) * 96)
	e.Count(len(d.Changes))
	for i := range d.Changes {
		c := &d.Changes[i]
		e.Var(c.Key)
		var bits uint8
		if c.Had {
			bits |= bitHad
		}
		if c.Has {
			bits |= bitHas
		}
		e.Uint8(bits)
		if c.Had {
			e.Var(c.Old)
		}
		if c.Has {
			e.Var(c.New)
		}
	}
	return e.Bytes()
}

// DecodeDiff reads exactly one Diff; errors wrap types.ErrEncoding.
func DecodeDiff(b []byte) (*Diff, error) {
	dec := types.NewDecoder(b)
	n := dec.Count(MaxDiffChanges, minChangeSize)
	d := new(Diff)
	for i := 0; i < n && dec.Err() == nil; i++ {
		var c Change
		c.Key = dec.Var(maxKeySize)
		bits := dec.Uint8()
		c.Had, c.Has = bits&bitHad != 0, bits&bitHas != 0
		if c.Had {
			c.Old = dec.Var(maxValueSize)
		}
		if c.Has {
			c.New = dec.Var(maxValueSize)
		}
		if dec.Err() != nil {
			break
		}
		if err := c.check(bits); err != nil {
			return nil, err
		}
		if i > 0 && bytes.Compare(d.Changes[i-1].Key, c.Key) >= 0 {
			return nil, fmt.Errorf("%w: keys of a diff not ascending", types.ErrEncoding)
		}
		d.Changes = append(d.Changes, c)
	}
	if err := dec.Finish(); err != nil {
		return nil, err
	}
	return d, nil
}

func (c *Change) check(bits uint8) error {
	switch {
	case len(c.Key) == 0:
		return fmt.Errorf("%w: empty key in a diff", types.ErrEncoding)
	case bits == 0 || bits > bitHad|bitHas:
		return fmt.Errorf("%w: presence bits %d in a diff", types.ErrEncoding, bits)
	case c.Had && c.Has && bytes.Equal(c.Old, c.New):
		return fmt.Errorf("%w: change in a diff that changes nothing", types.ErrEncoding)
	}
	return nil
}
