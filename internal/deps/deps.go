//go:build tools

package deps

import (
	_ "github.com/btcsuite/btcd/btcutil/bech32"
	_ "github.com/consensys/gnark-crypto/ecc/bls12-381"
	_ "github.com/consensys/gnark-crypto/ecc/bls12-381/fr/poseidon2"
	_ "github.com/consensys/gnark-crypto/ecc/bls12-381/twistededwards"
	_ "github.com/consensys/gnark/backend/groth16"
	_ "github.com/consensys/gnark/frontend/cs/r1cs"
	_ "github.com/consensys/gnark/std/algebra/native/twistededwards"
	_ "github.com/consensys/gnark/std/permutation/poseidon2"
	_ "github.com/consensys/gnark/test"
	_ "github.com/edsrzf/mmap-go"
	_ "github.com/ethereum/go-ethereum/crypto"
	_ "github.com/ethereum/go-ethereum/ethdb/dbtest"
	_ "github.com/ethereum/go-ethereum/rpc"
	_ "github.com/holiman/uint256"
	_ "github.com/pelletier/go-toml/v2"
	_ "github.com/syndtr/goleveldb/leveldb"
	_ "github.com/tyler-smith/go-bip39"
	_ "github.com/urfave/cli/v2"
	_ "github.com/vbauerster/mpb/v8"
	_ "go.uber.org/goleak"
	_ "golang.org/x/crypto/blake2b"
	_ "golang.org/x/crypto/chacha20poly1305"
	_ "golang.org/x/crypto/scrypt"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/cpu"
	_ "golang.org/x/term"
	_ "gopkg.in/natefinch/lumberjack.v2"
	_ "pgregory.net/rapid"
)
