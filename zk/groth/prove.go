package groth

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr/fft"
	"github.com/consensys/gnark/backend"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"github.com/gero-chain/gero/types"
)

var (
	// ErrUnsatisfied reports an assignment that does not satisfy the statement.
	ErrUnsatisfied = errors.New("assignment does not satisfy the statement")
	// ErrKeyMismatch reports a proving key made for another constraint system.
	ErrKeyMismatch = errors.New("proving key belongs to another constraint system")
)

// sequential keeps the solver in the caller's goroutine. gnark would run hints in goroutines of its own, where a panic stops the whole
// process and nobody can recover it; solving is a hundredth of proving, so its parallelism is not missed.
var sequential = solver.WithNbTasks(1)

// Prove makes a proof that the assignment, public and secret parts filled in, satisfies the constraint system. It uses every core and
// fresh blinding from the operating system: two proofs of one assignment differ. Errors wrap ErrUnsatisfied, ErrKeyMismatch or
// ErrUnsupported, or come from an incomplete assignment.
func Prove(ccs constraint.ConstraintSystem, pk *ProvingKey, assignment frontend.Circuit) (proof types.Proof, err error) {
	defer recoverAs(&err, "prove")
	system, full, err := prepare(ccs, assignment)
	if err != nil {
		return types.Proof{}, err
	}
	if err := pk.fits(system); err != nil {
		return types.Proof{}, err
	}
	p, err := groth16.Prove(system, &pk.key, full, backend.WithSolverOptions(sequential))
	if err != nil {
		return types.Proof{}, fmt.Errorf("prove: %w: %w", ErrUnsatisfied, err)
	}
	pts := points{ar: p.Ar, krs: p.Krs, bs: p.Bs}
	return pts.encode(), nil
}

// Solve reports whether the assignment satisfies the constraint system, without proving it: a hundredth of the work, and exact, which
// makes it the tool for tests of what a statement must refuse. Errors are those of Prove.
func Solve(ccs constraint.ConstraintSystem, assignment frontend.Circuit) (err error) {
	defer recoverAs(&err, "solve")
	system, full, err := prepare(ccs, assignment)
	if err != nil {
		return err
	}
	if err := system.IsSolved(full, sequential); err != nil {
		return fmt.Errorf("solve: %w: %w", ErrUnsatisfied, err)
	}
	return nil
}

// prepare builds the full witness. The solver compares its length with the system's.
func prepare(ccs constraint.ConstraintSystem, assignment frontend.Circuit) (*cs.R1CS, witness.Witness, error) {
	system, err := plain(ccs)
	if err != nil {
		return nil, nil, err
	}
	full, err := frontend.NewWitness(assignment, ecc.BLS12_381.ScalarField())
	if err != nil {
		return nil, nil, fmt.Errorf("assignment: %w", err)
	}
	return system, full, nil
}

// fits checks the sizes of the key against those of the system. gnark would index out of range in a goroutine of its own, where no
// caller can recover.
func (pk *ProvingKey) fits(system *cs.R1CS) error {
	if pk == nil {
		return fmt.Errorf("prove: %w: no key", ErrKeyMismatch)
	}
	k := &pk.key
	internal, secret, public := system.GetNbVariables()
	wires := internal + secret + public
	domain := fft.NewDomain(uint64(system.GetNbConstraints()), fft.WithoutPrecompute()).Cardinality
	ok := len(k.CommitmentKeys) == 0 &&
		k.Domain.Cardinality == domain &&
		len(k.InfinityA) == wires && len(k.InfinityB) == wires &&
		uint64(len(k.G1.A))+k.NbInfinityA == uint64(wires) &&
		uint64(len(k.G1.B))+k.NbInfinityB == uint64(wires) &&
		len(k.G2.B) == len(k.G1.B) &&
		len(k.G1.K) == internal+secret &&
		uint64(len(k.G1.Z)) == domain-1
	if !ok {
		return fmt.Errorf("prove: %w", ErrKeyMismatch)
	}
	return nil
}

// recoverAs turns a panic of the solver or of a hint into an error: an assignment is a wallet's data, and no wallet's data may stop a
// node.
func recoverAs(err *error, what string) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: %w: %v", what, ErrUnsatisfied, r)
	}
}
