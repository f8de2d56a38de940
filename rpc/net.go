package rpc

import (
	"context"
	"strconv"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"golang.org/x/crypto/sha3"

	"github.com/gero-chain/gero/types"
)

// netAPI answers about the network and the program.
type netAPI struct{ *Server }

func netMethods(s *Server) []method {
	n := netAPI{s}
	return []method{
		fn("net_version", "Id of the network, as a decimal string.", n.version),
		fn("net_listening", "Whether the node accepts connections from peers.", n.listening),
		fn("net_peerCount", "Number of connected peers.", n.peerCount),
		fn("web3_clientVersion", "Name and version of the program.", n.clientVersion),
		fn("web3_sha3", "Keccak-256 of bytes.", n.sha3, "data: the bytes"),
	}
}

func (n netAPI) version(context.Context) (string, error) {
	return strconv.FormatUint(n.cfg.Net.ChainID, 10), nil
}

func (n netAPI) listening(context.Context) (bool, error) { return n.back.Node.Listening(), nil }

func (n netAPI) peerCount(context.Context) (hexutil.Uint64, error) {
	p := n.back.Node.Peers()
	return hexutil.Uint64(p.In + p.Out), nil
}

func (n netAPI) clientVersion(context.Context) (string, error) { return n.cfg.Version, nil }

func (n netAPI) sha3(_ context.Context, data Hex) (Hex, error) {
	h := sha3.NewLegacyKeccak256()
	h.Write(data) //nolint:errcheck // A hash never fails.
	return h.Sum(nil), nil
}

// absentMethods names methods that programs for Ethereum ask for and that work otherwise here, with what to do instead. Where a method is
// missing its error says so in geth's words, "the method ... does not exist", for there are clients that look for them.
func absentMethods(s *Server) map[string]*Error {
	out := map[string]*Error{
		"eth_sendRawTransaction": fail(CodeUnsuitable, "send with zero_send, or a transaction of this network's form with sero_sendRawTransaction",
			"Ethereum's transactions do not exist on this network"),
		"eth_getProof": fail(CodeMethod, "sero_getAnchor gives the roots that proofs on this network refer to", "the method eth_getProof does not exist on this network"),
	}
	for _, m := range []string{"eth_call", "eth_estimateGas", "eth_sendTransaction", "eth_createAccessList"} {
		out[m] = fail(CodeMethod, "contracts come with a later rule of the network; zero_send pays now", "the method %s does not exist yet: contracts are not active on %s", m, s.cfg.Net.Name)
	}
	for _, m := range []string{"eth_sign", "eth_signTransaction", "eth_signTypedData_v4", "personal_sign"} {
		out[m] = fail(CodeMethod, "keys of this network do not make Ethereum's signatures", "the method %s does not exist on this network", m)
	}
	if s.back.Wallet == nil {
		for _, m := range zeroMethods(s) {
			out[m.name] = fail(CodeMethod, "start the node with a wallet", "the method %s does not exist here: this node runs without a wallet", m.name)
		}
	}
	if s.back.Miner == nil {
		for _, m := range minerMethods(s) {
			out[m.name] = fail(CodeMethod, "start the node with a miner", "the method %s does not exist here: this node runs without a miner", m.name)
		}
	}
	return out
}

// txIDs returns the ids of a block's transactions.
func (s *Server) txIDs(b *types.Block) []types.TxID {
	out := make([]types.TxID, len(b.Body.Txs))
	for i, tx := range b.Body.Txs {
		out[i] = tx.ID(s.back.Chain.Genesis())
	}
	return out
}
