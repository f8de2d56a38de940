//go:build amd64 || arm64

package pow

// prefetch asks for a row before it is read. An ordinary load would do the same, but the processor could not retire the walk's steps
// behind it, and its window fills long before memory answers. It changes no result.
//
//go:noescape
func prefetch(r *Row)
