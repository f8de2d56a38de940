package note

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gero-chain/gero/types"
)

// Memo is what the sender of a note writes to its receiver. Nobody else can read it. All zero is no memo.
type Memo [types.MemoSize]byte

// ErrMemo is wrapped by every error about a memo.
var ErrMemo = errors.New("memo not valid")

// TextMemo returns the memo that holds text: UTF-8, zero-padded. Text of more than types.MemoSize bytes, text that is not UTF-8 and text
// with a zero character are refused.
func TextMemo(text string) (Memo, error) {
	var m Memo
	switch {
	case len(text) > len(m):
		return m, fmt.Errorf("%w: %d bytes long, at most %d fit", ErrMemo, len(text), len(m))
	case !utf8.ValidString(text):
		return m, fmt.Errorf("%w: text is not UTF-8", ErrMemo)
	case strings.ContainsRune(text, 0):
		return m, fmt.Errorf("%w: text holds a zero character", ErrMemo)
	}
	copy(m[:], text)
	return m, nil
}

// Text returns the text that a memo holds, and whether it is one that TextMemo makes; other memos are binary and their text is empty.
func (m *Memo) Text() (string, bool) {
	b := bytes.TrimRight(m[:], "\x00")
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return "", false
	}
	return string(b), true
}
