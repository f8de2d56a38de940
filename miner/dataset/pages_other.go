//go:build !linux

package dataset

// preferLargePages does nothing: these systems give no large pages for the asking.
func preferLargePages([]byte) {}
