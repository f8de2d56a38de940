package wallet

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// Names in the keystore folder.
const (
	deviceKeyFile = "device.key"
	filePrefix    = "wallet-"
	fileSuffix    = ".json"
)

// KeystoreOptions are what a keystore needs to know beyond its folder. Zero values mean the defaults.
type KeystoreOptions struct {
	HRP          string           // human-readable part of the network's addresses
	ScryptN      int              // cost of opening a wallet, a power of two; default 2^18, about a second and 256 MiB
	NoPassphrase bool             // allow wallets without a passphrase: development networks only
	Rand         io.Reader        // default crypto/rand
	Now          func() time.Time // default time.Now
}

// Keystore is the folder of wallet files: seeds encrypted at rest, each with its accounts. It is safe for concurrent use within one
// process; that only one process opens a folder is for the caller to see to.
type Keystore struct {
	dir string
	opt KeystoreOptions

	mu     sync.Mutex
	files  []*walletFile // by creation
	device []byte        // key of the viewing keys; nil until needed
}

// AccountInfo is what anyone who may list accounts sees of one.
type AccountInfo struct {
	ID       string        `json:"id"` // wallet and index: never changes
	Name     string        `json:"name"`
	Wallet   string        `json:"wallet"` // names the seed
	Index    uint32        `json:"index"`
	Address  string        `json:"address"`            // address 0; empty until unlocked once on this machine
	Birthday *types.Height `json:"birthday,omitempty"` // first block scanned for it
}

// Created is the answer to making an account. Words is set when a new seed was made and is shown this one time.
type Created struct {
	Account AccountInfo
	Words   string
}

// OpenKeystore reads the wallet files of a folder, which need not exist yet. A damaged file is an error of Kind Corrupt that names it.
func OpenKeystore(dir string, opt KeystoreOptions) (*Keystore, error) {
	if opt.ScryptN == 0 {
		opt.ScryptN = scryptN
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	k := &Keystore{dir: dir, opt: opt}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keystore folder: %w", err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), filePrefix) || !strings.HasSuffix(entry.Name(), fileSuffix) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		content, err := readFile(path, fileLimit)
		if err != nil {
			return nil, err
		}
		f, err := parseWalletFile(content)
		if err != nil {
			var e *Error
			errors.As(err, &e)
			return nil, &Error{Kind: e.Kind, Advice: e.Advice, Detail: path, Err: err}
		}
		k.files = append(k.files, f)
	}
	sort.SliceStable(k.files, func(i, j int) bool { return k.files[i].Created < k.files[j].Created })
	if len(k.files) > 0 {
		if k.device, err = k.readDeviceKey(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// List returns the accounts in order of their wallets' creation and their index.
func (k *Keystore) List() []AccountInfo {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []AccountInfo
	for _, f := range k.files {
		for i := range f.Accounts {
			if !f.Accounts[i].Hidden {
				out = append(out, k.info(f, &f.Accounts[i]))
			}
		}
	}
	return out
}

// Create makes an account. With an existing wallet that the passphrase opens, it is that wallet's next account; otherwise a new seed is
// made and its words are returned. An empty passphrase is refused unless the network allows it.
func (k *Keystore) Create(name, passphrase string) (Created, error) {
	if err := k.checkNew(name, passphrase); err != nil {
		return Created{}, err
	}
	f, e, err := k.openNewest(passphrase)
	if err != nil {
		return Created{}, err
	}
	var words string
	if f == nil {
		if e, err = newEntropy(k.opt.Rand); err != nil {
			return Created{}, fmt.Errorf("keystore seed: %w", err)
		}
		if f, err = k.newFile(e, passphrase); err != nil {
			return Created{}, err
		}
		f.Fresh = true
		words = e.words()
	}
	defer e.wipe()
	info, err := k.addAccount(f, e, name)
	return Created{Account: info, Words: words}, err
}

// openNewest returns the newest wallet whose passphrase kind (none or some) fits, opened; nil when there is none. A wallet that does not
// open is an error: a mistyped passphrase must not silently make a second seed.
func (k *Keystore) openNewest(passphrase string) (*walletFile, *entropy, error) {
	k.mu.Lock()
	var f *walletFile
	for _, c := range k.files {
		if c.Open == (passphrase == "") {
			f = c
		}
	}
	k.mu.Unlock()
	if f == nil {
		return nil, nil, nil
	}
	e, err := f.open(passphrase)
	if errors.Is(err, WrongPass) {
		var w *Error
		errors.As(err, &w)
		w.Advice = "a wallet exists already, and new accounts join it: enter its passphrase"
	}
	return f, e, err
}

func (k *Keystore) checkNew(name, passphrase string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if passphrase == "" && !k.opt.NoPassphrase {
		return fail(Invalid, "choose a passphrase; it encrypts the wallet on this machine", "empty passphrase")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.nameFree(name)
}

func (k *Keystore) nameFree(name string) error {
	for _, f := range k.files {
		for i := range f.Accounts {
			if f.Accounts[i].Name == name && !f.Accounts[i].Hidden {
				return fail(Invalid, "choose another name, or list the accounts", "account %q exists already", name)
			}
		}
	}
	return nil
}

func (k *Keystore) newFile(e *entropy, passphrase string) (*walletFile, error) {
	f := &walletFile{Version: fileVersion, ID: e.id(), Created: k.opt.Now().Unix()}
	n := k.opt.ScryptN
	if passphrase == "" {
		n = 2 // nothing to slow down: the passphrase is known to be empty
	}
	if err := f.seal(e, passphrase, n, k.opt.Rand); err != nil {
		return nil, err
	}
	return f, nil
}

// addAccount writes the wallet file with one more account. A seed made here was not used before, so the account begins now; one that was
// restored may have been in use elsewhere, so the account begins where the wallet does.
func (k *Keystore) addAccount(f *walletFile, e *entropy, name string) (AccountInfo, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.nameFree(name); err != nil {
		return AccountInfo{}, err
	}
	next := *f
	next.Accounts = append([]accountFile(nil), f.Accounts...)
	index := next.nextIndex()
	a := next.find(index)
	if a == nil {
		if len(next.Accounts) >= maxAccounts {
			return AccountInfo{}, fail(Invalid, "use several addresses of one account instead", "a wallet has at most %d accounts", maxAccounts)
		}
		next.Accounts = append(next.Accounts, accountFile{Index: index, Created: k.opt.Now().Unix()})
		a = &next.Accounts[len(next.Accounts)-1]
		if !f.Fresh && len(f.Accounts) > 0 {
			a.Birthday = f.Accounts[0].Birthday
		}
	}
	a.Name, a.Hidden = name, false
	seed := e.seed()
	defer clear(seed)
	if err := k.sealViewing(&next, a, note.AccountKey(seed, index).FullViewingKey()); err != nil {
		return AccountInfo{}, err
	}
	if err := k.write(f, &next); err != nil {
		return AccountInfo{}, err
	}
	return k.info(&next, next.find(index)), nil
}

// write replaces old by next on disk and in memory; old may be new to the store. The caller holds the lock.
func (k *Keystore) write(old, next *walletFile) error {
	if err := writeFile(k.path(next), next.bytes()); err != nil {
		return err
	}
	for i, f := range k.files {
		if f == old || f.ID == next.ID {
			k.files[i] = next
			return nil
		}
	}
	k.files = append(k.files, next)
	return nil
}

func (k *Keystore) path(f *walletFile) string {
	return filepath.Join(k.dir, filePrefix+f.ID+fileSuffix)
}

func (k *Keystore) info(f *walletFile, a *accountFile) AccountInfo {
	info := AccountInfo{ID: accountName(f.ID, a.Index), Name: a.Name, Wallet: f.ID, Index: a.Index, Birthday: a.Birthday}
	if fvk, ok := k.openViewing(f, a); ok {
		info.Address = fvk.Address(0).Encode(k.opt.HRP)
	}
	return info
}

func accountName(wallet string, index uint32) string { return fmt.Sprintf("%s-%d", wallet, index) }
