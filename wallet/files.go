package wallet

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Permissions of what holds keys: the owner's alone.
const (
	filePerm = 0o600
	dirPerm  = 0o700
)

// writeFile replaces a file so that after a crash at any moment either the old or the new content is there, whole.
func writeFile(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, dirPerm); err != nil {
		return fmt.Errorf("keystore folder: %w", err)
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // CreateTemp makes files of mode 0600
	if err != nil {
		return fmt.Errorf("keystore file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(content); err != nil {
		return fmt.Errorf("keystore file: %w", err)
	}
	if err = tmp.Sync(); err != nil {
		return fmt.Errorf("keystore file: %w", err)
	}
	if err = tmp.Close(); err != nil {
		return fmt.Errorf("keystore file: %w", err)
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("keystore file: %w", err)
	}
	return syncDir(dir)
}

// syncDir makes a rename durable. Systems that cannot sync a folder, Windows among them, order renames themselves.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("keystore folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("keystore folder: %w", err)
	}
	return nil
}

// readFile reads a file of at most limit bytes; more is not ours.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, &Error{Kind: Corrupt, Advice: "restore the file from a backup", Detail: fmt.Sprintf("%s has %d bytes", path, info.Size())}
	}
	return os.ReadFile(path)
}

func hexString(b []byte) string { return hex.EncodeToString(b) }
