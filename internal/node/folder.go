package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Folder is where a node keeps everything of one network.
type Folder string

// DefaultFolder is where a node of the default network lives when nothing else is said: ~/.gero, ~/Library/Gero or %APPDATA%\Gero.
func DefaultFolder() (Folder, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("home folder unknown: name a folder with --datadir (%w)", err)
	}
	return defaultFolder(runtime.GOOS, home, os.Getenv("APPDATA")), nil
}

func defaultFolder(goos, home, appData string) Folder {
	switch {
	case goos == "darwin":
		return Folder(filepath.Join(home, "Library", "Gero"))
	case goos == "windows" && appData != "":
		return Folder(filepath.Join(appData, "Gero"))
	case goos == "windows":
		return Folder(filepath.Join(home, "AppData", "Roaming", "Gero"))
	default:
		return Folder(filepath.Join(home, ".gero"))
	}
}

// Chain is the folder of the chain's database.
func (f Folder) Chain() string { return f.join("chain") }

// WalletDB is the folder of what the wallet read from the chain, and of its operations.
func (f Folder) WalletDB() string { return f.join("wallet") }

// Keystore is the folder of the wallet files, the only thing that cannot be had again without the words.
func (f Folder) Keystore() string { return f.join("keystore") }

// Dataset is the folder of proof-of-work datasets.
func (f Folder) Dataset() string { return f.join("dataset") }

// Log is the newest log file.
func (f Folder) Log() string { return f.join("logs", "gero.log") }

// Network returns the name of the network whose node made the folder, or nothing for a folder that is new.
func (f Folder) Network() string {
	b, err := os.ReadFile(f.networkFile())
	if err != nil || len(b) > 64 {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// claim notes that the folder belongs to a network, or refuses one that belongs to another.
func (f Folder) claim(network string) error {
	switch have := f.Network(); have {
	case network:
		return nil
	case "":
		if err := os.WriteFile(f.networkFile(), []byte(network+"\n"), 0o600); err != nil {
			return fmt.Errorf("folder %s cannot be written: free space or check its permissions (%w)", f, err)
		}
		return nil
	case params.BetaNet().Name, params.Dev().Name:
		return fmt.Errorf("folder %s belongs to network %s, not to %s: start with --%s, or choose another folder with --datadir", f, have, network, have)
	default:
		return fmt.Errorf("folder %s belongs to network %q, which this gero does not know: choose another folder with --datadir", f, have)
	}
}

func (f Folder) networkFile() string { return f.join("network") }

func (f Folder) lockFile() string { return f.join("LOCK") }

func (f Folder) join(parts ...string) string {
	return filepath.Join(append([]string{string(f)}, parts...)...)
}

// maxSocketPath is the longest path of a Unix socket on all systems, less its final zero.
const maxSocketPath = 103

// IPC is the endpoint on which the node of this folder answers programs of its own user: a socket in the folder, or a named pipe on
// Windows. A folder with so long a name that a socket cannot be in it has its socket in the folder for temporary files.
func (f Folder) IPC() string {
	abs, err := filepath.Abs(string(f))
	if err != nil {
		abs = string(f)
	}
	return ipcEndpoint(runtime.GOOS, abs, os.TempDir())
}

func ipcEndpoint(goos, abs, temp string) string {
	hash := types.Blake2b("ipc endpoint", []byte(abs))
	if goos == "windows" {
		return fmt.Sprintf(`\\.\pipe\gero-%x`, hash[:8])
	}
	if path := filepath.Join(abs, "gero.ipc"); len(path) <= maxSocketPath {
		return path
	}
	return filepath.Join(temp, fmt.Sprintf("gero-%x.ipc", hash[:8]))
}

// Existing refuses a folder that is not there, for what only reads: a slip in a name shall not leave an empty folder behind.
func (f Folder) Existing() error {
	if _, err := os.Stat(string(f)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder %s is not there: check --datadir", f)
	}
	return nil // what else may be wrong shows when it is used
}

// ErrInUse reports a folder that a running node holds.
var ErrInUse = errors.New("folder in use")

// Lock is the right to change a folder, for one process at a time. It ends with the process, however that ends.
type Lock struct{ file *os.File }

// Lock makes the folder if need be and takes it for this process; ErrInUse says that another process has it.
func (f Folder) Lock() (*Lock, error) {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return nil, fmt.Errorf("folder %s cannot be made: choose another with --datadir (%w)", f, err)
	}
	file, err := os.OpenFile(f.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("folder %s cannot be used: check its owner and permissions, or choose another with --datadir (%w)", f, err)
	}
	if err := lockFile(file); err != nil {
		holder := f.holder()
		_ = file.Close()
		if !errors.Is(err, errHeld) {
			return nil, fmt.Errorf("folder %s cannot be locked: choose one on a local disk with --datadir (%w)", f, err)
		}
		return nil, fmt.Errorf("%w: %s is used by %s: stop it first, or choose another folder with --datadir", ErrInUse, f, holder)
	}
	l := &Lock{file}
	if err := l.note(); err != nil {
		l.Release()
		return nil, fmt.Errorf("folder %s cannot be written: free space or check its permissions (%w)", f, err)
	}
	return l, nil
}

// note writes who holds the lock, for the message of the next one who wants it.
func (l *Lock) note() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holder names the process that holds the lock.
func (f Folder) holder() string {
	b, err := os.ReadFile(f.lockFile())
	if err != nil || len(b) > 20 || strings.TrimSpace(string(b)) == "" {
		return "another gero"
	}
	return "another gero, process " + strings.TrimSpace(string(b))
}

// Release gives the folder back.
func (l *Lock) Release() {
	_ = l.file.Close() // closing unlocks; nothing was left to write
}
