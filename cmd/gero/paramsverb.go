package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/transfer"
)

func paramsCommand() *cli.Command {
	return &cli.Command{
		Name: "params", Usage: "show networks, keys and their hashes", Action: paramsShow,
		Subcommands: []*cli.Command{
			{Name: "show", Usage: "the networks this program knows, and its proof keys", Action: paramsShow},
			{
				Name: "make", Usage: "make new proof keys for statement T in a folder", ArgsUsage: "FOLDER", Action: paramsMake,
				Description: "Whoever makes keys can keep what is needed to forge money under them, and every node must have the same keys: new\n" +
					"keys make a new network. The folder gets transfer.pk, transfer.vk, transfer.cs and pins.go. To use them, copy the first\n" +
					"three to zk/transfer/keys and pins.go to zk/transfer, set the SHA-256 of transfer.vk as TransferKey in params, and build.",
				Flags: []cli.Flag{&cli.BoolFlag{Name: "yes", Usage: "do not ask"}},
			},
		},
	}
}

// networkInfo is what a network is known by.
type networkInfo struct {
	Name          string `json:"name"`
	ChainID       uint64 `json:"chainId"`
	OriginID      uint64 `json:"originId"`
	AddressPrefix string `json:"addressPrefix"`
	Genesis       string `json:"genesis"`
	Spacing       uint64 `json:"spacing"`
	TransferKey   string `json:"transferKey"` // SHA-256 of the verifying key that the network pins
	KeyMatches    bool   `json:"keyMatches"`  // this program has that key
}

// paramsInfo is the answer of `gero params`.
type paramsInfo struct {
	Networks    []networkInfo `json:"networks"`
	TransferKey string        `json:"transferKey"` // of this program
	Constraints int           `json:"constraints"` // of statement T
	Provenance  string        `json:"provenance"`
}

const provenance = "development keys, made by one party who could have kept what is needed to forge money; a public ceremony will replace them"

func paramsShow(c *cli.Context) error {
	vk, err := transfer.VerifyingKey()
	if err != nil {
		return fmt.Errorf("proof keys of this program: install an unmodified gero (%w)", err)
	}
	n, err := transfer.Constraints()
	if err != nil {
		return fmt.Errorf("proof keys of this program: install an unmodified gero (%w)", err)
	}
	have := vk.Hash()
	info := paramsInfo{TransferKey: hex.EncodeToString(have[:]), Constraints: n, Provenance: provenance}
	for _, net := range []*params.Network{params.BetaNet(), params.Dev()} {
		info.Networks = append(info.Networks, networkInfo{
			Name: net.Name, ChainID: net.ChainID, OriginID: net.OriginID, AddressPrefix: net.HRP, Genesis: net.GenesisHash.String(), Spacing: net.Spacing,
			TransferKey: hex.EncodeToString(net.TransferKey[:]), KeyMatches: net.TransferKey == have,
		})
	}
	if wantsJSON(c) {
		return printJSON(c, info)
	}
	for _, net := range info.Networks {
		verdict := "this program has it"
		if !net.KeyMatches {
			verdict = "THIS PROGRAM HAS ANOTHER"
		}
		_, err := fmt.Fprintf(c.App.Writer, "%s: chain id %d, addresses %s1..., a block every %d s\n  genesis       %s\n  verifying key %s, %s\n",
			net.Name, net.ChainID, net.AddressPrefix, net.Spacing, net.Genesis, net.TransferKey, verdict)
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.App.Writer, "statement T: %d constraints\nkeys: %s\n", info.Constraints, info.Provenance)
	return err
}

func paramsMake(c *cli.Context) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(c.App.ErrWriter, "Keys that you make are trusted by nobody else: proofs under them are refused by every network there is, and whoever\n"+
		"made them could forge proofs. This is for networks of your own.")
	if err := confirm(c, "Make keys?"); err != nil {
		return err
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // the keys are public
		return err
	}
	k, err := transfer.MakeKeys()
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{"transfer.pk", k.Proving}, {"transfer.vk", k.Verifying}, {"transfer.cs", k.System}, {"pins.go", k.Pins()}} {
		if err := os.WriteFile(filepath.Join(args[0], f.name), f.content, 0o644); err != nil { //nolint:gosec // the keys are public
			return err
		}
		if _, err := fmt.Fprintf(c.App.Writer, "%s  %s\n", types.Bytes32[struct{}](sha256.Sum256(f.content)), f.name); err != nil {
			return err
		}
	}
	return nil
}
