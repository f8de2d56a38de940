package dataset

import "golang.org/x/sys/unix"

// preferLargePages asks for pages of 2 MiB, so that a random read seldom waits for the page tables too. Where the system refuses, all
// works as before.
func preferLargePages(memory []byte) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) }
