//go:build !windows

package node

import "golang.org/x/sys/unix"

// diskFree returns the bytes that this user may still write on a folder's volume.
func diskFree(folder string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:gosec,unconvert // the types differ between systems; neither is negative
}
