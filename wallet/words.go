package wallet

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tyler-smith/go-bip39"

	"github.com/gero-chain/gero/types"
)

// wordCount is the number of words of a wallet; entropySize the bytes they stand for.
const (
	wordCount   = 24
	entropySize = 32
)

// entropy is what the 24 words encode: the root of a wallet's secrets. It has no text form.
type entropy [entropySize]byte

// wipe overwrites the secret.
func (e *entropy) wipe() { clear(e[:]) }

// Format implements fmt.Formatter for every verb, without a word of the secret.
func (entropy) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "[secret]") // a fmt.State cannot fail
}

// newEntropy reads a fresh secret from rand.
func newEntropy(rand io.Reader) (*entropy, error) {
	e := new(entropy)
	if _, err := io.ReadFull(rand, e[:]); err != nil {
		return nil, err
	}
	return e, nil
}

// words returns the 24 words.
func (e *entropy) words() string {
	s, err := bip39.NewMnemonic(e[:])
	if err != nil {
		panic("bip39 refused 32 bytes: " + err.Error()) // it refuses other lengths only
	}
	return s
}

// seed returns the 64-byte BIP-39 seed from which accounts derive. The BIP's optional passphrase is empty: the file's passphrase
// protects the file, never changes the keys.
func (e *entropy) seed() []byte { return bip39.NewSeed(e.words(), "") }

// id names the wallet of these words without telling anything about them.
func (e *entropy) id() string {
	h := types.Blake2b(labelWalletID, e[:])
	return hexString(h[:8])
}

// parseWords reads 24 words of the English BIP-39 list, in any case and with any white space, and says which word is wrong and how.
func parseWords(text string) (*entropy, error) {
	ws := strings.Fields(strings.ToLower(text))
	if len(ws) != wordCount {
		return nil, fail(BadWords, "enter all 24 words in order, separated by spaces", "%d words, want %d", len(ws), wordCount)
	}
	for i, w := range ws {
		if _, ok := bip39.GetWordIndex(w); ok {
			continue
		}
		advice := "compare it with the written backup; every word is on the BIP-39 English list"
		if near := nearestWord(w); near != "" {
			advice = "did you mean " + near + "? " + advice
		}
		return nil, fail(BadWords, advice, "word %d, %q, is not on the list", i+1, clip(w))
	}
	raw, err := bip39.EntropyFromMnemonic(strings.Join(ws, " "))
	if errors.Is(err, bip39.ErrChecksumIncorrect) {
		return nil, fail(BadWords, "one word is wrong or two are swapped: compare with the written backup",
			"every word is on the list, but together they fail their checksum")
	}
	if err != nil {
		return nil, &Error{Kind: BadWords, Advice: "compare with the written backup", Err: err}
	}
	e := new(entropy)
	copy(e[:], raw)
	clear(raw)
	return e, nil
}

// clip shortens what a person typed before it is shown back.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

// nearestWord returns the one list word that starts with the first four letters of w or differs from w in one letter typed wrong, left out
// or added, or "" when none or several do.
func nearestWord(w string) string {
	var found []string
	for _, candidate := range bip39.GetWordList() {
		samePrefix := len(w) >= 4 && strings.HasPrefix(candidate, w[:4])
		if samePrefix || oneEditApart(w, candidate) {
			found = append(found, candidate)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// oneEditApart reports whether one letter changed, added or removed turns a into b.
func oneEditApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i < len(a) && a[i+1:] == b[i+1:]
	}
	return a[i:] == b[i+1:]
}
