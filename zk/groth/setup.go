package groth

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
)

// ErrUnsupported reports a constraint system that is not a plain R1CS over the scalar field of BLS12-381.
var ErrUnsupported = errors.New("constraint system not supported")

// Compile turns a circuit into its constraint system. The result is the same in every run: CSHash pins it.
func Compile(circuit frontend.Circuit) (constraint.ConstraintSystem, error) {
	ccs, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, circuit)
	if err != nil {
		return nil, fmt.Errorf("circuit: %w", err)
	}
	if _, err := plain(ccs); err != nil {
		return nil, err
	}
	return ccs, nil
}

// CSHash returns the SHA-256 of the serialised constraint system. It changes with any change of the statement, and with a change of
// gnark's format, which is pinned with gnark itself.
func CSHash(ccs constraint.ConstraintSystem) ([32]byte, error) {
	h := sha256.New()
	if _, err := ccs.WriteTo(h); err != nil {
		return [32]byte{}, fmt.Errorf("constraint system: %w", err)
	}
	return [32]byte(h.Sum(nil)), nil
}

// Setup makes keys for a constraint system: the proving key in gnark's raw encoding and the verifying key in ours. Whoever runs it holds
// the secrets of the keys for the time of the call and could forge proofs: these are the keys of one party.
//
// A statement with a public input that no constraint mentions is refused with ErrUnboundPublic.
func Setup(ccs constraint.ConstraintSystem) (pkRaw, vkRaw []byte, err error) {
	system, err := plain(ccs)
	if err != nil {
		return nil, nil, err
	}
	var pk groth16.ProvingKey
	var vk groth16.VerifyingKey
	if err := groth16.Setup(system, &pk, &vk); err != nil {
		return nil, nil, fmt.Errorf("set-up: %w", err)
	}
	var buf bytes.Buffer
	if _, err := pk.WriteRawTo(&buf); err != nil {
		return nil, nil, fmt.Errorf("set-up: proving key: %w", err)
	}
	vkRaw = encodeVerifyingKey(&vk)
	// Loading is the check: what a node would refuse is not handed out.
	if _, err := LoadVerifyingKey(vkRaw, sha256.Sum256(vkRaw)); err != nil {
		return nil, nil, fmt.Errorf("set-up: %w", err)
	}
	return buf.Bytes(), vkRaw, nil
}

// plain returns the concrete system if it is one this package handles.
func plain(ccs constraint.ConstraintSystem) (*cs.R1CS, error) {
	system, ok := ccs.(*cs.R1CS)
	if !ok {
		return nil, fmt.Errorf("%w: %T is no R1CS over BLS12-381", ErrUnsupported, ccs)
	}
	if info, ok := system.CommitmentInfo.(constraint.Groth16Commitments); !ok || len(info) != 0 {
		return nil, fmt.Errorf("%w: it uses commitments or lookups", ErrUnsupported)
	}
	return system, nil
}

// PublicInputs returns the public inputs of an assignment in the order in which Verify wants them.
func PublicInputs(assignment frontend.Circuit) ([]fr.Element, error) {
	w, err := frontend.NewWitness(assignment, ecc.BLS12_381.ScalarField(), frontend.PublicOnly())
	if err != nil {
		return nil, fmt.Errorf("public inputs: %w", err)
	}
	v, ok := w.Vector().(fr.Vector)
	if !ok {
		return nil, fmt.Errorf("public inputs: unexpected vector %T", w.Vector())
	}
	return v, nil
}
