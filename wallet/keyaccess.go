package wallet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// A restored wallet looks for accounts beyond the named ones: lookahead accounts past the last one in use are scanned at a time, and of
// candidates accounts the viewing keys are made when the words are there to make them of.
const (
	lookahead  = 3
	candidates = 16
)

// RestoreOptions say what is known about a wallet beyond its words.
type RestoreOptions struct {
	Passphrase string       // encrypts the wallet on this machine; need not be the old one
	Name       string       // of account 0; further accounts are called Name-2, Name-3, and so on
	Names      []string     // of the first accounts, instead of Name
	Birthday   types.Height // no block below it holds anything of this wallet; 0 scans everything
}

// Restore makes a wallet of its 24 words. Up to candidates accounts beyond the named ones are found by scanning, as long as
// fewer than lookahead unused ones lie between them. It returns the visible accounts.
func (k *Keystore) Restore(words string, opt RestoreOptions) ([]AccountInfo, error) {
	names := opt.Names
	if len(names) == 0 {
		names = []string{opt.Name}
	}
	for i, name := range names {
		if err := k.checkNew(name, opt.Passphrase); err != nil {
			return nil, err
		}
		for _, other := range names[:i] {
			if other == name {
				return nil, fail(Invalid, "give each account its own name", "account name %q twice", name)
			}
		}
	}
	e, err := parseWords(words)
	if err != nil {
		return nil, err
	}
	defer e.wipe()
	k.mu.Lock()
	exists := k.fileByID(e.id()) != nil
	k.mu.Unlock()
	if exists {
		return nil, fail(Invalid, "list the accounts; a forgotten passphrase can be replaced by moving the wallet file away and restoring again",
			"these words are here already, as wallet %s", e.id())
	}
	f, err := k.newFile(e, opt.Passphrase)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	seed := e.seed()
	defer clear(seed)
	for i := range len(names) + candidates {
		birthday := opt.Birthday
		a := accountFile{Index: uint32(i), Birthday: &birthday} //nolint:gosec // a handful
		if i < len(names) {
			a.Name = names[i]
		} else {
			a.Name, a.Hidden = fmt.Sprintf("%s-%d", names[0], i+1), true
		}
		if err := k.sealViewing(f, &a, note.AccountKey(seed, a.Index).FullViewingKey()); err != nil {
			return nil, err
		}
		f.Accounts = append(f.Accounts, a)
	}
	if err := k.write(nil, f); err != nil {
		return nil, err
	}
	var out []AccountInfo
	for i := range names {
		out = append(out, k.info(f, &f.Accounts[i]))
	}
	return out, nil
}

// Words returns the 24 words of an account's wallet: whoever reads them owns the money.
func (k *Keystore) Words(account, passphrase string) (string, error) {
	e, _, err := k.unseal(account, passphrase)
	if err != nil {
		return "", err
	}
	defer e.wipe()
	return e.words(), nil
}

// ChangePassphrase encrypts an account's wallet, with all its accounts, under a new passphrase.
func (k *Keystore) ChangePassphrase(account, old, passphrase string) error {
	if passphrase == "" && !k.opt.NoPassphrase {
		return fail(Invalid, "choose a passphrase; it encrypts the wallet on this machine", "empty passphrase")
	}
	e, f, err := k.unseal(account, old)
	if err != nil {
		return err
	}
	defer e.wipe()
	k.mu.Lock()
	defer k.mu.Unlock()
	next := *k.fileByID(f.ID)
	if err := next.seal(e, passphrase, k.opt.ScryptN, k.opt.Rand); err != nil {
		return err
	}
	return k.write(f, &next)
}

// unseal opens the wallet of an account. It runs scrypt and so takes about a second; the keystore is not locked meanwhile.
func (k *Keystore) unseal(account, passphrase string) (*entropy, *walletFile, error) {
	k.mu.Lock()
	f, _, err := k.lookup(account)
	k.mu.Unlock()
	if err != nil {
		return nil, nil, err
	}
	e, err := f.open(passphrase)
	return e, f, err
}

// lookup finds an account by id, name or address 0. The caller holds the lock.
func (k *Keystore) lookup(account string) (*walletFile, *accountFile, error) {
	for _, f := range k.files {
		for i := range f.Accounts {
			a := &f.Accounts[i]
			if !a.Hidden && (a.Name == account || accountName(f.ID, a.Index) == account) {
				return f, a, nil
			}
		}
	}
	for _, f := range k.files {
		for i := range f.Accounts {
			if a := &f.Accounts[i]; !a.Hidden && len(account) > 64 && k.info(f, a).Address == account {
				return f, a, nil
			}
		}
	}
	return nil, nil, fail(NotFound, "list the accounts to see their names", "no account %q", clip(account))
}

func (k *Keystore) fileByID(id string) *walletFile {
	for _, f := range k.files {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// update changes one account's entry on disk.
func (k *Keystore) update(wallet string, index uint32, change func(*accountFile)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.fileByID(wallet)
	if f == nil || f.find(index) == nil {
		return fail(NotFound, "list the accounts to see their names", "no account %s", accountName(wallet, index))
	}
	next := *f
	next.Accounts = append([]accountFile(nil), f.Accounts...)
	change(next.find(index))
	return k.write(f, &next)
}

// fillViewing makes again the viewing keys that this machine's device key does not open, for instance after a wallet file was copied from
// another machine.
func (k *Keystore) fillViewing(wallet string, seed []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.fileByID(wallet)
	next := *f
	next.Accounts = append([]accountFile(nil), f.Accounts...)
	changed := false
	for i := range next.Accounts {
		a := &next.Accounts[i]
		if _, ok := k.openViewing(&next, a); ok {
			continue
		}
		if err := k.sealViewing(&next, a, note.AccountKey(seed, a.Index).FullViewingKey()); err != nil {
			return err
		}
		changed = true
	}
	if !changed {
		return nil
	}
	return k.write(f, &next)
}

// viewing is one account that can be scanned.
type viewing struct {
	wallet   string
	index    uint32
	name     string
	hidden   bool
	fresh    bool
	created  int64
	birthday *types.Height
	fvk      note.FullViewingKey
	known    bool // fvk is set
}

func (v *viewing) id() string { return accountName(v.wallet, v.index) }

// viewings returns every account, candidates too.
func (k *Keystore) viewings() []viewing {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []viewing
	for _, f := range k.files {
		for i := range f.Accounts {
			a := &f.Accounts[i]
			v := viewing{wallet: f.ID, index: a.Index, name: a.Name, hidden: a.Hidden, fresh: f.Fresh, created: a.Created, birthday: a.Birthday}
			v.fvk, v.known = k.openViewing(f, a)
			out = append(out, v)
		}
	}
	return out
}

func viewingPurpose(f *walletFile, a *accountFile) string {
	return "viewing key " + accountName(f.ID, a.Index)
}

// sealViewing encrypts a viewing key under the device key, which it makes if there is none. The caller holds the lock.
func (k *Keystore) sealViewing(f *walletFile, a *accountFile, fvk note.FullViewingKey) error {
	if err := k.ensureDeviceKey(); err != nil {
		return err
	}
	plain := fvk.Bytes()
	defer clear(plain[:])
	box, err := sealBox(k.device, plain[:], viewingPurpose(f, a), k.opt.Rand)
	if err != nil {
		return err
	}
	a.Viewing = box
	return nil
}

// openViewing decrypts a viewing key; it is false when this machine's device key is not the one it was sealed under.
func (k *Keystore) openViewing(f *walletFile, a *accountFile) (note.FullViewingKey, bool) {
	if k.device == nil {
		return note.FullViewingKey{}, false
	}
	plain, err := openBox(k.device, a.Viewing, viewingPurpose(f, a))
	if err != nil || len(plain) != note.FullViewingKeySize {
		return note.FullViewingKey{}, false
	}
	defer clear(plain)
	fvk, err := note.DecodeFullViewingKey([note.FullViewingKeySize]byte(plain))
	return fvk, err == nil
}

func (k *Keystore) readDeviceKey() ([]byte, error) {
	b, err := readFile(filepath.Join(k.dir, deviceKeyFile), fileLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(b) != chacha20poly1305.KeySize {
		return nil, nil // damaged: as good as lost, and unlocking each wallet once makes the viewing keys again
	}
	return b, nil
}

func (k *Keystore) ensureDeviceKey() error {
	if k.device != nil {
		return nil
	}
	key := make([]byte, chacha20poly1305.KeySize)
	if _, err := io.ReadFull(k.opt.Rand, key); err != nil {
		return fmt.Errorf("device key: %w", err)
	}
	if err := writeFile(filepath.Join(k.dir, deviceKeyFile), key); err != nil {
		return err
	}
	k.device = key
	return nil
}
