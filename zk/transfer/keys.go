package transfer

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bls12-381"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/groth"
)

// The files below keys belong together and are made by MakeKeys; pins.go holds their SHA-256.
var (
	//go:embed keys/transfer.pk
	provingRaw []byte
	//go:embed keys/transfer.vk
	verifyingRaw []byte
	//go:embed keys/transfer.cs
	systemRaw []byte
)

// ErrSystem reports a constraint system that differs from its pin: the file is damaged or another build's.
var ErrSystem = errors.New("constraint system does not match its pin")

// system is loaded rather than compiled: 20 ms against 500. A test holds the file to what the circuit compiles to.
var (
	loadSystem    = sync.OnceValues(func() (constraint.ConstraintSystem, error) { return decodeSystem(systemRaw, systemPin) })
	loadProving   = sync.OnceValues(func() (*groth.ProvingKey, error) { return groth.LoadProvingKey(provingRaw, provingPin) })
	loadVerifying = sync.OnceValues(func() (*groth.VerifyingKey, error) { return groth.LoadVerifyingKey(verifyingRaw, verifyingPin) })
)

// VerifyingKey returns T's verifying key, loaded at the first call. Errors wrap groth's and mean that the program was built from damaged
// files: a node must not start.
func VerifyingKey() (*groth.VerifyingKey, error) { return loadVerifying() }

// Constraints returns the number of T's constraints. Its error is that of a damaged file.
func Constraints() (int, error) {
	system, err := loadSystem()
	if err != nil {
		return 0, err
	}
	return system.GetNbConstraints(), nil
}

// Prove proves T for w. It first checks every clause natively, so that an error names the clause: see Witness.Public. It takes about 1.4
// CPU seconds on all cores and 150 MB for its duration; the first call also loads the proving key.
func Prove(w *Witness) (types.Proof, error) {
	s, err := w.statement()
	if err != nil {
		return types.Proof{}, err
	}
	system, err := loadSystem()
	if err != nil {
		return types.Proof{}, err
	}
	pk, err := loadProving()
	if err != nil {
		return types.Proof{}, err
	}
	return groth.Prove(system, pk, s.assign())
}

// Item returns a proof with its public inputs for groth.VerifyBatch. Errors are those of Public.Elements and VerifyingKey.
func Item(p Public, proof types.Proof) (groth.Item, error) {
	public, err := p.Elements()
	if err != nil {
		return groth.Item{}, err
	}
	vk, err := VerifyingKey()
	if err != nil {
		return groth.Item{}, err
	}
	return groth.Item{VK: vk, Proof: proof, Public: public}, nil
}

// Verify checks one proof. Errors are those of Item, or wrap groth.ErrProofEncoding or groth.ErrProofInvalid.
func Verify(p Public, proof types.Proof) error {
	it, err := Item(p, proof)
	if err != nil {
		return err
	}
	return it.VK.Verify(it.Proof, it.Public)
}

// decodeSystem reads a constraint system after checking its hash; gnark's reader trusts what it reads.
func decodeSystem(raw []byte, pin [32]byte) (system constraint.ConstraintSystem, err error) {
	if got := sha256.Sum256(raw); got != pin {
		return nil, fmt.Errorf("%w: got %x, want %x", ErrSystem, got, pin)
	}
	defer func() {
		if r := recover(); r != nil {
			system, err = nil, fmt.Errorf("%w: %v", ErrSystem, r)
		}
	}()
	r := new(cs.R1CS)
	n, err := r.ReadFrom(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSystem, err)
	}
	if n != int64(len(raw)) {
		return nil, fmt.Errorf("%w: read %d of %d bytes", ErrSystem, n, len(raw))
	}
	return r, nil
}

// KeyFiles are the contents of the files below keys.
type KeyFiles struct{ Proving, Verifying, System []byte }

// MakeKeys compiles T and makes new keys for it. Whoever runs it could forge proofs under these keys: they are the keys of one party, and
// every node must have the same. It takes about ten seconds.
func MakeKeys() (KeyFiles, error) {
	system, err := groth.Compile(new(circuit))
	if err != nil {
		return KeyFiles{}, err
	}
	var buf bytes.Buffer
	if _, err := system.WriteTo(&buf); err != nil {
		return KeyFiles{}, fmt.Errorf("constraint system: %w", err)
	}
	k := KeyFiles{System: buf.Bytes()}
	k.Proving, k.Verifying, err = groth.Setup(system)
	return k, err
}

// Pins returns pins.go for the files.
func (k KeyFiles) Pins() []byte {
	var b bytes.Buffer
	b.WriteString("package transfer\n\n// SHA-256 of the files below keys; MakeKeys writes both together.\nvar (\n")
	for _, p := range []struct {
		name string
		raw  []byte
	}{{"provingPin  ", k.Proving}, {"verifyingPin", k.Verifying}, {"systemPin   ", k.System}} {
		fmt.Fprintf(&b, "\t%s = [32]byte{", p.name)
		for i, c := range sha256.Sum256(p.raw) {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%#02x", c)
		}
		b.WriteString("}\n")
	}
	b.WriteString(")\n")
	return b.Bytes()
}
