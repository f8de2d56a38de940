package wallet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/scrypt"

	"github.com/gero-chain/gero/types"
)

// The shape of a wallet file. The scrypt figures are those of docs/adr/0010-wallet-at-rest.md.
const (
	fileVersion = 1
	fileLimit   = 1 << 20
	scryptN     = 1 << 18
	scryptMaxN  = 1 << 20 // 1 GiB of memory: no file of ours asks for more
	scryptR     = 8
	scryptP     = 1
	saltSize    = 32
	maxAccounts = 1024 // per file
)

// Domain labels: of the BLAKE2b hashes of this package, and the beginning of what every sealed box is bound to.
const (
	labelWalletID   = "wallet id"
	labelWalletFile = "wallet file"
	labelBox        = "gero wallet 1 "
)

// walletFile is one seed at rest with the accounts derived from it, in JSON. Everything but the seed and the viewing keys is readable;
// Check covers all of it, so that damage and a wrong passphrase are told apart.
type walletFile struct {
	Version  int           `json:"version"`
	ID       string        `json:"id"`      // names the seed
	Created  int64         `json:"created"` // seconds since 1970
	Fresh    bool          `json:"fresh"`   // the seed was made here, so nothing was paid to it before Created
	Open     bool          `json:"open"`    // the passphrase is empty: a development wallet
	N        int           `json:"scryptN"`
	Salt     hexBytes      `json:"salt"`
	Seed     hexBytes      `json:"seed"` // XChaCha20-Poly1305 under scrypt(passphrase): nonce, then 32 bytes and tag
	Accounts []accountFile `json:"accounts"`
	Check    hexBytes      `json:"check"`
}

// accountFile is one account in a wallet file.
type accountFile struct {
	Index    uint32        `json:"index"`
	Name     string        `json:"name"`
	Created  int64         `json:"created,omitempty"`  // seconds since 1970
	Hidden   bool          `json:"hidden,omitempty"`   // a candidate: nothing was found for it yet
	Birthday *types.Height `json:"birthday,omitempty"` // first block that can matter; absent until a chain told it
	Viewing  hexBytes      `json:"viewing"`            // full viewing key under the device key: nonce, ciphertext, tag
}

// hexBytes is bytes whose JSON form is hex.
type hexBytes []byte

// MarshalText implements encoding.TextMarshaler.
func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hexString(h)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

// digest covers every field but Check itself.
func (f *walletFile) digest() []byte {
	c := *f
	c.Check = nil
	b, err := json.Marshal(&c)
	if err != nil {
		panic("wallet file: " + err.Error()) // numbers, strings and hex always marshal
	}
	sum := types.Blake2b(labelWalletFile, b)
	return sum[:]
}

func (f *walletFile) bytes() []byte {
	f.Check = f.digest()
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("wallet file: " + err.Error()) // numbers, strings and hex always marshal
	}
	return append(b, '\n')
}

// parseWalletFile reads a wallet file; every error has Kind Corrupt.
func parseWalletFile(content []byte) (*walletFile, error) {
	const advice = "restore the file from a backup, or move it away and restore the wallet from its 24 words"
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	f := new(walletFile)
	if err := dec.Decode(f); err != nil {
		return nil, &Error{Kind: Corrupt, Advice: advice, Err: err}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fail(Corrupt, advice, "trailing bytes")
	}
	if f.Version != fileVersion {
		return nil, fail(Corrupt, "use a newer version of gero", "wallet file version %d, this program reads %d", f.Version, fileVersion)
	}
	if !bytes.Equal(f.Check, f.digest()) {
		return nil, fail(Corrupt, advice, "the checksum does not match the content")
	}
	if f.N < 2 || f.N > scryptMaxN || f.N&(f.N-1) != 0 || len(f.Salt) != saltSize || len(f.Accounts) > maxAccounts ||
		len(f.Seed) != chacha20poly1305.NonceSizeX+entropySize+chacha20poly1305.Overhead {
		return nil, fail(Corrupt, advice, "a field is out of bounds")
	}
	return f, nil
}

// seal encrypts the seed under a passphrase with a fresh salt and nonce.
func (f *walletFile) seal(e *entropy, passphrase string, n int, rand io.Reader) error {
	f.N, f.Salt, f.Open = n, make([]byte, saltSize), passphrase == ""
	if _, err := io.ReadFull(rand, f.Salt); err != nil {
		return fmt.Errorf("keystore salt: %w", err)
	}
	key, err := f.key(passphrase)
	if err != nil {
		return err
	}
	defer clear(key)
	f.Seed, err = sealBox(key, e[:], "seed "+f.ID, rand)
	return err
}

// open decrypts the seed. A failure means the passphrase is wrong, because parseWalletFile has excluded damage.
func (f *walletFile) open(passphrase string) (*entropy, error) {
	key, err := f.key(passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	plain, err := openBox(key, f.Seed, "seed "+f.ID)
	if err != nil {
		advice := "check capitals and keyboard layout; without the passphrase, restore the wallet from its 24 words"
		if passphrase == "" {
			advice = "this wallet has a passphrase: enter it"
		}
		return nil, fail(WrongPass, advice, "the passphrase does not open wallet %s", f.ID)
	}
	e := new(entropy)
	copy(e[:], plain)
	clear(plain)
	if e.id() != f.ID {
		e.wipe()
		return nil, fail(Corrupt, "restore the wallet from its 24 words", "wallet %s holds the seed of another", f.ID)
	}
	return e, nil
}

func (f *walletFile) key(passphrase string) ([]byte, error) {
	pass := []byte(passphrase)
	defer clear(pass)
	key, err := scrypt.Key(pass, f.Salt, f.N, scryptR, scryptP, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("keystore key: %w", err)
	}
	return key, nil
}

// find returns the account with an index.
func (f *walletFile) find(index uint32) *accountFile {
	for i := range f.Accounts {
		if f.Accounts[i].Index == index {
			return &f.Accounts[i]
		}
	}
	return nil
}

// nextIndex returns the first index without a visible account.
func (f *walletFile) nextIndex() uint32 {
	for i := uint32(0); ; i++ {
		if a := f.find(i); a == nil || a.Hidden {
			return i
		}
	}
}

// sealBox returns a fresh nonce followed by plain under XChaCha20-Poly1305, bound to what it is for.
func sealBox(key, plain []byte, purpose string, rand io.Reader) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("keystore cipher: %w", err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return nil, fmt.Errorf("keystore nonce: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, []byte(labelBox+purpose)), nil
}

var errBox = errors.New("authentication failed")

// openBox reverses sealBox.
func openBox(key, box []byte, purpose string) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("keystore cipher: %w", err)
	}
	if len(box) < aead.NonceSize() {
		return nil, errBox
	}
	plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], []byte(labelBox+purpose))
	if err != nil {
		return nil, errBox
	}
	return plain, nil
}

// checkName refuses account names that people or programs could mistake for something else.
func checkName(name string) error {
	const advice = "choose 1 to 64 letters, digits, spaces, dots, dashes or underscores"
	if name == "" || len(name) > 64 || strings.TrimSpace(name) != name {
		return fail(Invalid, advice, "account name %q", clip(name))
	}
	for _, r := range name {
		if r < 0x20 || r == 0x7f || strings.ContainsRune("/\\:\"'<>", r) {
			return fail(Invalid, advice, "account name %q has the character %q", clip(name), r)
		}
	}
	return nil
}
