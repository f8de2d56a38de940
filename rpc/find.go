package rpc

import (
	"errors"

	"github.com/gero-chain/gero/types"
)

// isNotFound reports whether an error of the chain means that there is no such thing.
func (s *Server) isNotFound(err error) bool {
	return s.back.NotFound != nil && errors.Is(err, s.back.NotFound)
}

// findHash returns the hash that a reference names; ok is false where the chain has no such block. A nil reference is the best block.
func (s *Server) findHash(ref *BlockRef) (hash types.BlockHash, ok bool, err error) {
	if ref == nil {
		ref = latest()
	}
	if ref.hash != nil {
		return *ref.hash, true, nil
	}
	tipHash, tip := s.back.Chain.Tip()
	n := ref.height(s.cfg.Net, tip.Number)
	if n == tip.Number {
		return tipHash, true, nil
	}
	hash, err = s.back.Chain.HashAt(n)
	if s.isNotFound(err) {
		return hash, false, nil
	}
	return hash, err == nil, err
}

// findHeader returns the header that a reference names, or nil.
func (s *Server) findHeader(ref *BlockRef) (types.BlockHash, *types.Header, error) {
	hash, ok, err := s.findHash(ref)
	if err != nil || !ok {
		return hash, nil, err
	}
	h, err := s.back.Chain.Header(hash)
	if s.isNotFound(err) {
		return hash, nil, nil
	}
	return hash, h, err
}

// findBlock returns the block that a reference names, or nil.
func (s *Server) findBlock(ref *BlockRef) (types.BlockHash, *types.Block, error) {
	hash, ok, err := s.findHash(ref)
	if err != nil || !ok {
		return hash, nil, err
	}
	b, err := s.back.Chain.Block(hash)
	if s.isNotFound(err) {
		return hash, nil, nil
	}
	return hash, b, err
}

// needHeader is findHeader for methods that cannot answer without one.
func (s *Server) needHeader(ref *BlockRef) (types.BlockHash, *types.Header, error) {
	hash, h, err := s.findHeader(ref)
	if err == nil && h == nil {
		err = noSuchBlock(ref)
	}
	return hash, h, err
}

func noSuchBlock(ref *BlockRef) *Error {
	return fail(CodeInput, "eth_blockNumber returns the newest block's number", "block %s is unknown to this node", ref)
}

// placed is a transaction with where it stands; block is nil while it waits.
type placed struct {
	tx    *types.Tx
	hash  types.BlockHash
	block *types.Block
	index int
}

// findTx returns a transaction of the best chain or of the pool, or nil.
func (s *Server) findTx(id types.TxID) (*placed, error) {
	tx, hash, index, err := s.back.Chain.Transaction(id)
	if s.isNotFound(err) {
		if tx := s.back.Pool.Get(id); tx != nil {
			return &placed{tx: tx}, nil
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := s.back.Chain.Block(hash)
	if s.isNotFound(err) {
		return nil, nil
	}
	return &placed{tx: tx, hash: hash, block: b, index: index}, err
}
