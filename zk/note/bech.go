package note

import (
	"errors"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

// Errors of reading an address from text. All wrap ErrAddress, as NetworkError and TypoError do.
var (
	ErrAddressForm   = fmt.Errorf("%w: not the text of an address", ErrAddress)
	ErrAddressCase   = fmt.Errorf("%w: upper and lower case mixed", ErrAddress)
	ErrAddressLength = fmt.Errorf("%w: wrong length", ErrAddress)
)

// NetworkError says that an address is sound but of another network.
type NetworkError struct {
	Got  string // human-readable part of the address
	Want string // human-readable part of this network
}

// Error implements error.
func (e *NetworkError) Error() string {
	return fmt.Sprintf("address of another network: it begins with %s1, addresses of this network with %s1", e.Got, e.Want)
}

// Unwrap returns ErrAddress.
func (e *NetworkError) Unwrap() error { return ErrAddress }

// dataChars is the number of characters of five bits that 80 bytes and the checksum take.
const (
	checksumChars = 6
	dataChars     = AddressSize*8/5 + checksumChars
	maxTextLen    = 83 + 1 + dataChars // the longest human-readable part of Bech32, and the separator
)

// Encode returns the address as Bech32m text, without that format's limit of 90 characters, under a network's human-readable part.
func (a Address) Encode(hrp string) string {
	b := a.Bytes()
	five, err := bech32.ConvertBits(b[:], 8, 5, true)
	if err == nil {
		hrp, err = bech32.EncodeM(hrp, five)
	}
	if err != nil {
		panic("bech32: " + err.Error()) // it refuses values above five bits only
	}
	return hrp
}

// DecodeAddress reads an address of the network with the given human-readable part, in lower or upper case. Its errors are those above,
// and those of AddressFromBytes.
func DecodeAddress(hrp, s string) (Address, error) {
	if len(s) > maxTextLen {
		return Address{}, fmt.Errorf("%w: %d characters, want %d", ErrAddressLength, len(s), len(hrp)+1+dataChars)
	}
	got, five, version, err := bech32.DecodeNoLimitWithVersion(s)
	if err != nil {
		return Address{}, textError(s, err)
	}
	if got != hrp {
		return Address{}, &NetworkError{Got: got, Want: hrp}
	}
	if version != bech32.VersionM {
		return Address{}, &TypoError{} // the checksum of plain Bech32, which no address has
	}
	b, err := bech32.ConvertBits(five, 5, 8, false)
	if err != nil || len(b) != AddressSize {
		return Address{}, fmt.Errorf("%w: %d characters, want %d", ErrAddressLength, len(s), len(hrp)+1+dataChars)
	}
	return AddressFromBytes([AddressSize]byte(b))
}

// textError says in our words what the library found.
func textError(s string, err error) error {
	var mixed bech32.ErrMixedCase
	var checksum bech32.ErrInvalidChecksum
	switch {
	case errors.As(err, &mixed):
		return ErrAddressCase
	case errors.As(err, &checksum):
		return &TypoError{Position: locateTypo(strings.ToLower(s))}
	default:
		return ErrAddressForm
	}
}
