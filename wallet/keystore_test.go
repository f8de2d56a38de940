package wallet

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gero-chain/gero/types"
)

func openKeystore(t *testing.T, dir string) *Keystore {
	t.Helper()
	opt := testKeystore(time.Unix(1_767_300_000, 0))
	opt.NoPassphrase = false
	k, err := OpenKeystore(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func walletFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, filePrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestCreateBackupRestore(t *testing.T) {
	dir := t.TempDir()
	k := openKeystore(t, dir)
	first, err := k.Create("savings", "correct horse")
	if err != nil || len(strings.Fields(first.Words)) != 24 {
		t.Fatalf("create: %+v, %v", first, err)
	}
	second, err := k.Create("shop", "correct horse")
	if err != nil || second.Words != "" || second.Account.Wallet != first.Account.Wallet || second.Account.Index != 1 {
		t.Fatalf("second account: %+v, %v", second, err)
	}
	k = openKeystore(t, dir)
	list := k.List()
	if len(list) != 2 || list[0] != first.Account || list[1] != second.Account || !strings.HasPrefix(list[0].Address, "serodev1") {
		t.Fatalf("reopened: %+v", list)
	}
	words, err := k.Words("shop", "correct horse")
	if err != nil || words != first.Words {
		t.Fatalf("backup: %v", err)
	}
	other := openKeystore(t, t.TempDir())
	restored, err := other.Restore("  "+strings.ToUpper(words)+"\n", RestoreOptions{Name: "old", Passphrase: "another"})
	if err != nil || len(restored) != 1 || restored[0].Address != list[0].Address || *restored[0].Birthday != 0 {
		t.Fatalf("restored: %+v, %v", restored, err)
	}
	if _, err := other.Restore(words, RestoreOptions{Name: "twice", Passphrase: "x"}); !errors.Is(err, Invalid) || !strings.Contains(err.Error(), "here already") {
		t.Fatalf("restored twice: %v", err)
	}
	next, err := other.Create("older", "another")
	if err != nil || next.Account.Address != list[1].Address {
		t.Fatalf("second account after restore: %+v, %v", next, err)
	}
}

func TestPassphrases(t *testing.T) {
	k := openKeystore(t, t.TempDir())
	if _, err := k.Create("a", ""); !errors.Is(err, Invalid) {
		t.Fatalf("empty passphrase: %v", err)
	}
	if _, err := k.Create("a", "right"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Words("a", "wrong"); !errors.Is(err, WrongPass) || errors.Is(err, Corrupt) {
		t.Fatalf("wrong passphrase: %v", err)
	}
	if _, err := k.Create("b", "wrong"); !errors.Is(err, WrongPass) {
		t.Fatalf("a mistyped passphrase made a second seed: %v", err)
	}
	if err := k.ChangePassphrase("a", "right", "new"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Words("a", "right"); !errors.Is(err, WrongPass) {
		t.Fatalf("old passphrase still opens: %v", err)
	}
	if _, err := openKeystore(t, k.dir).Words("a", "new"); err != nil {
		t.Fatalf("new passphrase: %v", err)
	}
}

func TestNames(t *testing.T) {
	k := openKeystore(t, t.TempDir())
	for _, name := range []string{"", " a", "a\n", "a/b", `a"`, strings.Repeat("x", 65)} {
		if _, err := k.Create(name, "p"); !errors.Is(err, Invalid) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, err := k.Create("a", "p"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Create("a", "p"); !errors.Is(err, Invalid) || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("name taken: %v", err)
	}
}

// TestDamageIsNotAWrongPassphrase flips every byte of a wallet file in turn.
func TestDamageIsNotAWrongPassphrase(t *testing.T) {
	dir := t.TempDir()
	if _, err := openKeystore(t, dir).Create("a", "right"); err != nil {
		t.Fatal(err)
	}
	path := walletFiles(t, dir)[0]
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if f, err := parseWalletFile(bad); err == nil && !bytes.Equal(f.bytes(), good) {
			t.Fatalf("byte %d flipped: accepted as another file", i)
		} else if err != nil && !errors.Is(err, Corrupt) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	for name, bad := range map[string][]byte{"empty": {}, "cut": good[:len(good)/2], "longer": append(bytes.Clone(good), good...), "other": []byte("{}")} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenKeystore(dir, testKeystore(time.Now()))
		var e *Error
		if !errors.Is(err, Corrupt) || !errors.As(err, &e) || !strings.Contains(err.Error(), path) || e.Advice == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostileCostIsRefused(t *testing.T) {
	for _, n := range []int{0, 1, 3, scryptMaxN * 2, -4} {
		f := &walletFile{Version: fileVersion, ID: "00", N: n, Salt: make([]byte, saltSize), Seed: make([]byte, 24+32+16)}
		if _, err := parseWalletFile(f.bytes()); !errors.Is(err, Corrupt) {
			t.Errorf("scrypt N %d: %v", n, err)
		}
	}
}

func TestDefaultCost(t *testing.T) {
	k, err := OpenKeystore(t.TempDir(), KeystoreOptions{})
	if err != nil || k.opt.ScryptN != 262144 {
		t.Fatalf("default cost %d, %v, want 2^18", k.opt.ScryptN, err)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	dir := filepath.Join(t.TempDir(), "keystore")
	if _, err := openKeystore(t, dir).Create("a", "p"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("files: %v, %v, want wallet and device key and nothing left over", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: mode %v, %v", info.Mode(), err)
	}
}

// TestWalletFileAloneTellsNothing reads the file without the device key beside it: no address, no viewing key, until the passphrase comes.
func TestWalletFileAloneTellsNothing(t *testing.T) {
	dir := t.TempDir()
	made, err := openKeystore(t, dir).Create("a", "p")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, deviceKeyFile)); err != nil {
		t.Fatal(err)
	}
	k := openKeystore(t, dir)
	if v := k.viewings(); v[0].known || k.List()[0].Address != "" {
		t.Fatalf("readable without the device key: %+v", k.List())
	}
	e, f, err := k.unseal("a", "p")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.fillViewing(f.ID, e.seed()); err != nil {
		t.Fatal(err)
	}
	if got := openKeystore(t, dir).List()[0].Address; got != made.Account.Address {
		t.Fatalf("address after unlocking once: %q, want %q", got, made.Account.Address)
	}
}

func TestWordsErrors(t *testing.T) {
	good := strings.Fields(testWords)
	replace := func(i int, w string) string {
		ws := append([]string{}, good...)
		ws[i] = w
		return strings.Join(ws, " ")
	}
	tests := []struct{ name, words, text, hint string }{
		{"none", "", "0 words, want 24", "24 words"},
		{"twelve", strings.Join(good[:12], " "), "12 words, want 24", "24 words"},
		{"unknown", replace(4, "zzzz"), `word 5, "zzzz", is not on the list`, "backup"},
		{"typo", replace(2, "abandn"), `word 3, "abandn"`, "did you mean abandon?"},
		{"prefix", replace(2, "abanxxx"), `word 3`, "did you mean abandon?"},
		{"checksum", replace(23, "abandon"), "checksum", "swapped"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseWords(tt.words)
			var e *Error
			if !errors.As(err, &e) || e.Kind != BadWords || !strings.Contains(err.Error(), tt.text) || !strings.Contains(e.Advice, tt.hint) {
				t.Fatalf("got %v (hint %q), want %q and %q", err, e.Advice, tt.text, tt.hint)
			}
		})
	}
	e, err := parseWords(strings.ToUpper(testWords))
	if err != nil || *e != (entropy{}) || e.words() != testWords {
		t.Fatalf("public words: %v", err)
	}
}

func TestSecretsHaveNoText(t *testing.T) {
	var e entropy
	e[0] = 0xab
	if s := fmt.Sprintf("%v %+v %s %x", e, &e, e, e); strings.Contains(s, "171") || strings.Contains(s, "ab") {
		t.Fatalf("entropy printed: %s", s)
	}
}

func TestKeyringExpires(t *testing.T) {
	k := newKeyring()
	start := time.Unix(1000, 0)
	seed := []byte{1, 2, 3}
	k.add("w", seed, start.Add(time.Minute))
	if !k.isOpen("w", start) || k.isOpen("w", start.Add(time.Minute)) {
		t.Fatal("open for one minute")
	}
	k.expire(start.Add(2*time.Minute), map[string]bool{"w": true})
	if _, ok := k.spendingKey("w", 0); !ok {
		t.Fatal("a payment ordered in time lost its key")
	}
	k.expire(start.Add(2*time.Minute), nil)
	if _, ok := k.spendingKey("w", 0); ok || !bytes.Equal(seed, []byte{0, 0, 0}) {
		t.Fatal("expired seed not wiped")
	}
	k.add("w", []byte{1}, time.Time{})
	k.add("w", []byte{1}, start.Add(time.Minute))
	if !k.isOpen("w", start.Add(time.Hour)) {
		t.Fatal("a short unlock shortened a long one")
	}
	k.lock("w")
	if k.isOpen("w", start) {
		t.Fatal("locked and open")
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	want := map[Kind]int{
		Locked: -39001, Scanning: -39002, Insufficient: -39003, TooManyNotes: -39004, Proving: -39005, Anchor: -39006, NotSynced: -39007,
		WrongNetwork: -39009, ViewOnly: -39010, Invalid: -32602, NotFound: -32602, WrongPass: -32602, BadWords: -32602, Corrupt: -32603,
	}
	for k, code := range want {
		if e := fail(k, "hint", "detail"); e.Code() != code || !errors.Is(e, k) || e.Error() != string(k)+": detail" {
			t.Errorf("%s: code %d, want %d; %v", k, e.Code(), code, e)
		}
	}
	if len(want) != len(codes) {
		t.Errorf("%d kinds, want %d", len(codes), len(want))
	}
}

func TestHiddenAccountsAreRevealedUnderFreeNames(t *testing.T) {
	k := openKeystore(t, t.TempDir())
	list, err := k.Restore(testWords, RestoreOptions{Names: []string{"a", "a-3"}, Passphrase: "p", Birthday: 7})
	if err != nil || len(list) != 2 || *list[0].Birthday != types.Height(7) {
		t.Fatalf("restore: %+v, %v", list, err)
	}
	if err := k.reveal(list[0].Wallet, 2); err != nil {
		t.Fatal(err)
	}
	if got := openKeystore(t, k.dir).List(); len(got) != 3 || got[2].Name != "a-3'" {
		t.Fatalf("revealed: %+v", got)
	}
	if err := k.dropHidden(list[0].Wallet); err != nil {
		t.Fatal(err)
	}
	if got := openKeystore(t, k.dir).viewings(); len(got) != 3 {
		t.Fatalf("%d accounts after dropping candidates, want 3", len(got))
	}
}
