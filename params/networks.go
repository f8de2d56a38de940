package params

import "github.com/gero-chain/gero/types"

// DevMnemonic is the public seed of the funded accounts of --dev. Everybody knows it: never send anything of value there.
const DevMnemonic = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon " +
	"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"

// emission is 28 SERO to the miner and 1.4 to each vote, times (5/7)^k after k*2,100,000 blocks, for ten periods.
var emission = Reward{
	Miner:   sero("28"),
	Vote:    sero("1.4"),
	Period:  2_100_000,
	Num:     5,
	Den:     7,
	Periods: 10,
	Delay:   20,
}

// developmentKey is SHA-256 of statement T's verifying key. The keys are one party's, not a ceremony's: whoever made them could mint.
var developmentKey = [32]byte{
	0xf2, 0xc1, 0x97, 0x09, 0x2a, 0x36, 0x70, 0x88, 0x44, 0x83, 0xbd, 0x79, 0x73, 0xc3, 0x77, 0x63,
	0xd3, 0x78, 0x5c, 0xf5, 0x2a, 0xe3, 0x81, 0x5b, 0x17, 0x61, 0x30, 0xe3, 0x0c, 0x82, 0xc9, 0xf9,
}

// BetaNet is the public test network and the default. It is provisional until a public ceremony's keys are in it.
func BetaNet() *Network {
	return &Network{
		Name:          "betanet",
		ChainID:       2019,
		OriginID:      2019,
		HRP:           "sero",
		Port:          53717,
		Spacing:       15,
		HalfLife:      600,
		FutureTime:    15,
		Retarget:      true,
		MinDifficulty: types.NewDifficulty(1_000),
		Work: Work{
			ChainTag:       "gero betanet v1",
			CacheSize:      16 << 20,
			DatasetInit:    512 << 20,
			DatasetGrowth:  4 << 20,
			DatasetMax:     2 << 30,
			EpochBlocks:    30_000,
			ScratchpadSize: 256 << 10,
			Accesses:       128,
			Mutations:      32,
			Parents:        32,
		},
		Reward:   emission,
		Licences: Licences{Epoch: 5760, Admission: 1, Votes: 5, From: 1024, Below: 768},
		Genesis: Genesis{
			Time:       1_795_521_600, // 2026-11-24 12:00:00 UTC; moved to the day of the launch when that is set
			Difficulty: types.NewDifficulty(100_000),
			GasLimit:   60_000_000,
			Extra:      "gero betanet, provisional",
		},
		GenesisHash: pin("0x8453a43301027c15b54970c4f7625beacef75f9a684da2887cafe492a3ea318c"),
		TransferKey: developmentKey,
	}
}

// Dev is the private chain of --dev: constant small difficulty, a tiny dataset and funded accounts of a public mnemonic.
func Dev() *Network {
	return &Network{
		Name:          "dev",
		ChainID:       1337,
		OriginID:      1337,
		HRP:           "serodev",
		Spacing:       1,
		HalfLife:      600,
		FutureTime:    15,
		Retarget:      false,
		MinDifficulty: types.NewDifficulty(16),
		Work: Work{
			ChainTag:       "gero dev v1",
			CacheSize:      256 << 10,
			DatasetInit:    1 << 20,
			DatasetGrowth:  0,
			DatasetMax:     1 << 20,
			EpochBlocks:    30_000,
			ScratchpadSize: 256 << 10,
			Accesses:       128,
			Mutations:      32,
			Parents:        32,
		},
		Reward:   emission,
		Licences: Licences{Epoch: 64, Admission: 0, Votes: 1, From: 1, Below: 0},
		Genesis: Genesis{
			Time:       1_767_225_600, // 2026-01-01 00:00:00 UTC
			Difficulty: types.NewDifficulty(16),
			GasLimit:   60_000_000,
			Extra:      "gero dev",
			Notes:      devNotes(),
		},
		GenesisHash: pin("0x73175c0ac5caa5eb1e9b680348a6030c1959fb6dd781110564240f8c69e0d29d"),
		TransferKey: developmentKey,
	}
}

func pin(hash string) types.BlockHash {
	h, err := types.ParseHex32[struct{}](hash)
	if err != nil {
		panic("params: bad constant hash " + hash) // constants of this file only
	}
	return types.BlockHash(h)
}

func sero(s string) types.Amount {
	a, err := types.ParseDecimal(s, types.Decimals)
	if err != nil {
		panic("params: bad constant amount " + s) // constants of this file only
	}
	return a
}
