package rpc

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cookieName is the file in the data directory that holds the cookie: 64 hex digits.
const cookieName = ".cookie"

// CookiePath returns where a node with this data directory keeps its cookie.
func CookiePath(datadir string) string { return filepath.Join(datadir, cookieName) }

// ReadCookie returns the cookie of the node that runs on a data directory, for programs of the same user.
func ReadCookie(datadir string) (string, error) {
	raw, err := os.ReadFile(CookiePath(datadir))
	if err != nil {
		return "", fmt.Errorf("cookie: %w", err)
	}
	s := strings.TrimSpace(string(raw))
	if b, err := hex.DecodeString(s); err != nil || len(b) != 32 {
		return "", fmt.Errorf("cookie: %s is damaged; it is made anew when the node starts", CookiePath(datadir))
	}
	return s, nil
}

// cookie is the secret that opens the namespaces which hold money or steer the node. It has no String method and is never logged.
type cookie struct {
	path   string
	secret [64]byte // hex digits
}

// newCookie makes a cookie and its file, which only the user can read. The file appears with its final content and mode at once.
func newCookie(datadir string) (*cookie, error) {
	c := &cookie{path: CookiePath(datadir)}
	var raw [32]byte
	rand.Read(raw[:]) //nolint:errcheck // It never fails: since Go 1.24 it ends the program instead.
	hex.Encode(c.secret[:], raw[:])
	tmp := c.path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cookie: %w", err)
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cookie: %w", err)
	}
	_, err = f.Write(append(c.secret[:], '\n'))
	if errClose := f.Close(); err == nil {
		err = errClose
	}
	if err == nil {
		err = os.Rename(tmp, c.path)
	}
	if err != nil {
		return nil, fmt.Errorf("cookie: %w", errors.Join(err, os.Remove(tmp)))
	}
	return c, nil
}

// matches compares in constant time.
func (c *cookie) matches(s string) bool {
	return subtle.ConstantTimeCompare(c.secret[:], []byte(s)) == 1
}

// remove deletes the file, so that nobody takes an old cookie for a running node's.
func (c *cookie) remove() error {
	if err := os.Remove(c.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cookie: %w", err)
	}
	return nil
}
