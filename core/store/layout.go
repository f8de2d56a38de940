package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gero-chain/gero/types"
)

// Layout is the schema of one kind of database: which keys there are, and how older versions become the current one.
type Layout struct {
	// Name tells kinds of database apart, "chain" or "wallet".
	Name string
	// Prefixes lists all kinds of keys, beside the meta records that every database has.
	Prefixes []Prefix
	// Migrations lead from version 1 to the current one, in order: Migrations[0] makes version 2. The current version is
	// len(Migrations)+1.
	Migrations []Migration
	// TolerateLoss says that what is missing after a repair can be found again, so that the database may be used. The chain's cannot:
	// a missing nullifier would let a note be spent twice.
	TolerateLoss bool
}

// Version returns the schema version that this program writes, counted from 1.
func (l *Layout) Version() uint32 { return uint32(len(l.Migrations) + 1) }

// Prefix is one kind of key.
type Prefix struct {
	Byte     byte   // the first byte of each such key
	Name     string // plural, for people
	KeyLen   int    // exact length of the key with its prefix, in bytes; 0 for any
	ValueLen int    // exact length of the value, in bytes; 0 for any
}

// Migration turns one schema version into the next. Run reads the old state and collects the changes; they are written, with the new
// version, in one atomic synced batch. So a migration happens as a whole or not at all, and changes as much as fits into memory.
type Migration struct {
	Name string // what changes, for the log of an error
	Run  func(old Reader, changes Writer) error
}

// metaPrefix begins the records that describe the database itself.
const metaPrefix = 'M'

var (
	metaKind    = []byte("Mkind")    // the layout's name
	metaVersion = []byte("Mversion") // schema version, 4 bytes big-endian
	metaNetwork = []byte("Mnetwork") // the network's name
	metaGenesis = []byte("Mgenesis") // the genesis block's hash, 32 bytes
	metaLost    = []byte("Mlost")    // present after a repair with losses
)

var metaRecords = Prefix{Byte: metaPrefix, Name: "meta records"}

// settle gives a new database its meta records, or holds an old one against the options and migrates it.
func (s *Store) settle(o Options) (err error) {
	if s.lost, err = s.Has(metaLost); err != nil {
		return err
	}
	if s.lost && !o.Layout.TolerateLoss && !o.ReadOnly {
		return told(ErrLost, ErrLost, "database %s was damaged, and its repair could not save everything: delete the folder and start "+
			"gero to synchronise again, or bring blocks back with `gero export` and `gero import`; the wallet is kept apart and is not affected", s.path)
	}
	kind, err := s.Get(metaKind)
	if errors.Is(err, ErrNotFound) {
		return s.initialise(o)
	}
	if err != nil {
		return err
	}
	if string(kind) != o.Layout.Name {
		return told(ErrForeign, ErrForeign, "database %s holds a %q database, not %q: choose another --datadir", s.path, kind, o.Layout.Name)
	}
	version, err := s.version()
	if err != nil {
		return err
	}
	if version > o.Layout.Version() {
		return told(ErrNewerSchema, ErrNewerSchema, "database %s was written by a newer gero (schema %d, this one knows %d): update gero, "+
			"or choose another --datadir", s.path, version, o.Layout.Version())
	}
	if err := s.sameNetwork(o); err != nil {
		return err
	}
	return s.migrate(o, version)
}

// initialise writes the meta records of a new database, or of one whose repair could not save them.
func (s *Store) initialise(o Options) error {
	it := s.NewIterator(nil, nil)
	occupied := it.Next()
	err := it.Error()
	it.Release()
	switch {
	case err != nil:
		return err
	case s.lost && o.ReadOnly:
		return nil
	case occupied && !s.lost:
		return told(ErrForeign, ErrForeign, "database %s was not made by gero: choose another --datadir", s.path)
	case o.ReadOnly:
		return told(fs.ErrNotExist, fs.ErrNotExist, "database %s is empty: check --datadir", s.path)
	}
	return s.Update(func(w Writer) error {
		return errors.Join(
			w.Put(metaKind, []byte(o.Layout.Name)),
			w.Put(metaVersion, binary.BigEndian.AppendUint32(nil, o.Layout.Version())),
			w.Put(metaNetwork, []byte(o.Network)),
			w.Put(metaGenesis, o.Genesis[:]),
		)
	})
}

func (s *Store) version() (uint32, error) {
	b, err := s.Get(metaVersion)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	if len(b) != 4 || binary.BigEndian.Uint32(b) == 0 {
		return 0, s.malformed("schema version")
	}
	return binary.BigEndian.Uint32(b), nil
}

func (s *Store) sameNetwork(o Options) error {
	network, err := s.Get(metaNetwork)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	genesis, err := s.Get(metaGenesis)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if len(genesis) != len(o.Genesis) {
		return s.malformed("genesis hash")
	}
	if string(network) == o.Network && bytes.Equal(genesis, o.Genesis[:]) {
		return nil
	}
	return told(ErrWrongNetwork, ErrWrongNetwork, "database %s belongs to network %q with genesis %v, and this node runs %q with genesis %v: "+
		"choose another --datadir, or the network's flag", s.path, network, types.BlockHash(genesis), o.Network, o.Genesis)
}

func (s *Store) migrate(o Options, version uint32) error {
	if version < o.Layout.Version() && o.ReadOnly {
		return told(ErrOlderSchema, ErrOlderSchema, "database %s was written by an older gero (schema %d, this one needs %d): start gero on it "+
			"once to bring it up to date", s.path, version, o.Layout.Version())
	}
	for ; version < o.Layout.Version(); version++ {
		m := o.Layout.Migrations[version-1]
		b := s.Batch()
		if err := m.Run(s, b); err != nil {
			return fmt.Errorf("database %s: migration to schema %d (%s): %w", s.path, version+1, m.Name, err)
		}
		b.Put(metaVersion, binary.BigEndian.AppendUint32(nil, version+1))
		if err := b.WriteSync(); err != nil {
			return fmt.Errorf("migration to schema %d (%s): %w", version+1, m.Name, err)
		}
	}
	return nil
}

func (s *Store) malformed(what string) error {
	cause := fmt.Errorf("%s missing or malformed", what)
	return told(ErrCorrupt, cause, "database %s is damaged (%v): stop gero and run `gero db check --repair`", s.path, cause)
}
