package note

import (
	"fmt"
	"strings"
)

// TypoError says that an address's checksum does not match.
type TypoError struct {
	Position int // of the one character, from 1, whose change would repair the checksum; 0 if there is none
}

// Error implements error.
func (e *TypoError) Error() string {
	if e.Position == 0 {
		return "address mistyped: its checksum does not match"
	}
	return fmt.Sprintf("address mistyped: its checksum does not match; look at character %d first", e.Position)
}

// Unwrap returns ErrAddress.
func (e *TypoError) Unwrap() error { return ErrAddress }

// The checksum of Bech32m (BIP-350): a remainder over GF(32), which is linear in the characters.
const (
	bechChars  = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bechMConst = 0x2bc830a3
)

// bechStep appends one character's five bits to a remainder.
func bechStep(rem uint32, v uint32) uint32 {
	top := rem >> 25
	rem = rem&0x1ffffff<<5 ^ v
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			rem ^= g
		}
	}
	return rem
}

// locateTypo returns the position in s, from 1, of the one data character whose change would make the checksum right, or 0. The code
// tells any two such changes apart up to 1,023 characters. s is well-formed lower-case Bech32 but for its checksum.
func locateTypo(s string) int {
	one := strings.LastIndexByte(s, '1')
	rem := uint32(1)
	for _, c := range []byte(s[:one]) {
		rem = bechStep(rem, uint32(c>>5))
	}
	rem = bechStep(rem, 0)
	for _, c := range []byte(s[:one]) {
		rem = bechStep(rem, uint32(c&31))
	}
	for _, c := range []byte(s[one+1:]) {
		rem = bechStep(rem, uint32(strings.IndexByte(bechChars, c)))
	}
	rem ^= bechMConst
	for wrong := uint32(1); wrong < 32; wrong++ {
		effect := wrong
		for pos := len(s); pos > one+1; pos-- {
			if effect == rem {
				return pos
			}
			effect = bechStep(effect, 0)
		}
	}
	return 0
}
