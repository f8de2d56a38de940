package store

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"

	"github.com/syndtr/goleveldb/leveldb"
	lerrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/storage"
)

// What a caller can tell apart with errors.Is. The errors returned name the folder and say what to do.
var (
	// ErrNotFound reports a key that is not there. It is also an fs.ErrNotExist, for consumers that do not import this package.
	ErrNotFound = fmt.Errorf("key not in the database: %w", fs.ErrNotExist)
	// ErrClosed reports use after Close.
	ErrClosed = errors.New("database is closed")
	// ErrReadOnly reports a write to a database opened for reading.
	ErrReadOnly = errors.New("database is open for reading only")
	// ErrLocked reports that another process, or this one, has the folder open.
	ErrLocked = errors.New("another gero is using this folder")
	// ErrCorrupt reports bytes that are not what was written.
	ErrCorrupt = errors.New("database is damaged")
	// ErrDiskFull reports that the volume, or the user's quota on it, is full.
	ErrDiskFull = errors.New("disk is full")
	// ErrLost reports a database that was repaired with losses and whose layout does not tolerate any.
	ErrLost = errors.New("database lost data")
	// ErrNewerSchema reports a database written by a later release.
	ErrNewerSchema = errors.New("database was written by a newer gero")
	// ErrOlderSchema reports a database that must be migrated but was opened for reading only.
	ErrOlderSchema = errors.New("database was written by an older gero")
	// ErrWrongNetwork reports a database of another network or genesis.
	ErrWrongNetwork = errors.New("database belongs to another network")
	// ErrForeign reports a folder that holds something other than the database wanted.
	ErrForeign = errors.New("folder holds something else")
)

// explain turns an engine's error into one of this package's, with the folder's name and what to do. It leaves nil, and errors that it
// has already explained, as they are.
func explain(path string, err error) error {
	var done *explained
	switch {
	case err == nil || errors.As(err, &done):
		return err
	case errors.Is(err, leveldb.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, leveldb.ErrClosed):
		return ErrClosed
	case errors.Is(err, leveldb.ErrReadOnly):
		return ErrReadOnly
	case isCorrupt(err):
		return told(ErrCorrupt, err, "database %s is damaged (%v): stop gero and run `gero db check --repair`", path, err)
	case isDiskFull(err):
		return told(ErrDiskFull, err, "database %s: the disk is full (%v): free space on that volume, or move the folder to a larger one "+
			"and name it with --datadir, then start gero again; everything already confirmed is safe", path, err)
	case isLocked(err):
		return told(ErrLocked, err, "database %s: another gero is using this folder: stop it first, or start this one with another --datadir", path)
	default:
		return told(err, err, "database %s: %v", path, err)
	}
}

// explained is an error whose text is meant for the user; is and cause are what errors.Is and errors.As find.
type explained struct {
	text      string
	is, cause error
}

func (e *explained) Error() string   { return e.text }
func (e *explained) Unwrap() []error { return []error{e.is, e.cause} }

func told(is, cause error, format string, args ...any) error {
	return &explained{fmt.Sprintf(format, args...), is, cause}
}

func isCorrupt(err error) bool {
	var engine *lerrors.ErrCorrupted
	var file *storage.ErrCorrupted
	return errors.As(err, &engine) || errors.As(err, &file)
}

// The numbers that Windows uses; package syscall invents values of its own for the Unix names there.
const (
	windowsSharingViolation = syscall.Errno(32)
	windowsLockViolation    = syscall.Errno(33)
	windowsHandleDiskFull   = syscall.Errno(39)
	windowsDiskFull         = syscall.Errno(112)
)

func isDiskFull(err error) bool {
	if runtime.GOOS == "windows" && (errors.Is(err, windowsDiskFull) || errors.Is(err, windowsHandleDiskFull)) {
		return true
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isLocked(err error) bool {
	if runtime.GOOS == "windows" {
		return errors.Is(err, windowsSharingViolation) || errors.Is(err, windowsLockViolation)
	}
	return errors.Is(err, syscall.EAGAIN)
}
