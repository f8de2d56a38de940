// Package dataset holds the proof-of-work dataset of an epoch: computed on all cores, kept in a file that is mapped into memory, continued
// where it stopped, checked when it is opened. Where the disk does not serve it lives in memory alone.
package dataset

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/gero-chain/gero/consensus/pow"
)

// Options say how to make a dataset. The zero value serves.
type Options struct {
	Threads  int                                 // goroutines that compute; 0 for one per core
	Progress func(Progress)                      // called by one goroutine, four times a second at most and once at the end of each phase
	Resident bool                                // Open copies the file into memory: see there
	Cache    func(pow.Epoch) (*pow.Cache, error) // where to get the epoch's cache, if one is needed; nil makes it
}

func (o Options) threads() int {
	if o.Threads > 0 {
		return min(o.Threads, 1024)
	}
	return runtime.NumCPU()
}

// Dataset is all rows of one epoch. It is safe for concurrent use; nobody may use its rows after Close.
type Dataset struct {
	algorithm *pow.Algorithm
	epoch     pow.Epoch
	rows      []pow.Row
	report    Report
	release   func() error
}

// Report says how a Dataset came to be.
type Report struct {
	Path     string // of the file; empty for a dataset in memory
	Reused   int    // chunks of 1 MiB found in the file and intact
	Damaged  int    // chunks that the file claimed to hold and did not
	Built    int    // chunks computed now, the damaged among them
	Fallback error  // why Load gave up the disk; nil if it did not
}

// Rows returns the rows for reading. They are gone after Close.
func (d *Dataset) Rows() []pow.Row { return d.rows }

// View returns the rows as a Hasher takes them. They are gone after Close.
func (d *Dataset) View() pow.Dataset { return d.algorithm.Full(d.rows) }

// Epoch returns the epoch the rows belong to.
func (d *Dataset) Epoch() pow.Epoch { return d.epoch }

// Report returns how the dataset came to be.
func (d *Dataset) Report() Report { return d.report }

// Close releases memory and file. The file stays for next time.
func (d *Dataset) Close() error {
	d.rows = nil
	if d.release == nil {
		return nil
	}
	release := d.release
	d.release = nil
	return release()
}

// DiskError reports that a folder cannot hold a dataset.
type DiskError struct {
	Dir   string
	Epoch pow.Epoch
	Size  uint64 // bytes of the whole file
	Have  uint64 // bytes of it already there
	Err   error
}

// Error says what failed, how much room is needed and where.
func (e *DiskError) Error() string {
	return fmt.Sprintf("dataset of epoch %d in %s: %v; it needs %s there, of which %s are written: free %s or choose another folder",
		e.Epoch, e.Dir, e.Err, mebibytes(e.Size), mebibytes(e.Have), mebibytes(e.Size-min(e.Have, e.Size)))
}

// Unwrap returns the cause.
func (e *DiskError) Unwrap() error { return e.Err }

func mebibytes(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// Load opens the epoch's dataset in dir as Open does, and makes it in memory where the disk does not serve; Report then says why.
func Load(ctx context.Context, dir string, a *pow.Algorithm, e pow.Epoch, o Options) (*Dataset, error) {
	d, err := Open(ctx, dir, a, e, o)
	var disk *DiskError
	if !errors.As(err, &disk) {
		return d, err
	}
	d, err = Memory(ctx, a, e, o)
	if err != nil {
		return nil, err
	}
	d.report.Fallback = disk
	return d, nil
}
