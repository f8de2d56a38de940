package rule

// Rules of a header alone and against its parent. Specification: docs/protocol/block.md.
const (
	HeaderVersion   Kind = "headerVersion"   // B1: version is 1
	BlockNumber     Kind = "blockNumber"     // B2: number is the parent's plus one
	TimeNotAfter    Kind = "timeNotAfter"    // B3: time is greater than the parent's
	DifficultyWrong Kind = "difficultyWrong" // B4: difficulty is what the retarget rule gives
	SealTarget      Kind = "sealTarget"      // B5: the seal's result meets the target
	SealMix         Kind = "sealMix"         // B6: the mix is what Gerohash gives for seal hash and nonce
	GasLimitStep    Kind = "gasLimitStep"    // B7: gas limit is within its step of the parent's and its bounds
	GasUsedLimit    Kind = "gasUsedLimit"    // B8: gas used is at most the gas limit
	ExtraSize       Kind = "extraSize"       // B9: extra is at most 32 bytes
	CoinbasePCM     Kind = "coinbasePCM"     // B10: coinbase pcm is canonical and not zero
	VotesInactive   Kind = "votesInactive"   // B11: no votes until the rules say otherwise
	LicenceRoot     Kind = "licenceRoot"     // B12: licence root is that of the epoch: zero before votes
	ActiveLicences  Kind = "activeLicences"  // B13: active licences is that of the epoch: zero before votes
)

// Rules of a body against its header. Specification: docs/protocol/block.md.
const (
	BodySize     Kind = "bodySize"     // B20: the body's encoding is at most 4 MiB
	BodyRoot     Kind = "bodyRoot"     // B21: the body is the one the header commits to; a mismatch blames the sender, not the header
	VoteCount    Kind = "voteCount"    // B22: the body has as many votes as the header says
	GasUsedWrong Kind = "gasUsedWrong" // B23: gas used is the sum over the transactions
)

// Rules of one transaction without context but height. Specification: docs/protocol/transaction.md.
const (
	TxSize            Kind = "txSize"            // X1: the encoding is at most 256 KiB, its lists within their limits
	TxVersion         Kind = "txVersion"         // X2: version is 1
	TxChain           Kind = "txChain"           // X3: chain id is the network's
	BundleCount       Kind = "bundleCount"       // X4: one to four bundles
	CallInactive      Kind = "callInactive"      // X5: no call until the rules say otherwise
	TxExpired         Kind = "txExpired"         // X6: height is below the expiry
	ExpiryTooFar      Kind = "expiryTooFar"      // X7: expiry is at most 4,096 above the height
	FieldNotCanonical Kind = "fieldNotCanonical" // X8: every field element is below r
	PointInvalid      Kind = "pointInvalid"      // X9: rk is a canonical point of prime order, not the identity
	CommitmentZero    Kind = "commitmentZero"    // X10: no commitment is zero
	NullifierRepeated Kind = "nullifierRepeated" // X11: nullifiers are distinct in the transaction
	PubAssetUnused    Kind = "pubAssetUnused"    // X12: vT is zero exactly if pubAsset is
	PubAssetNative    Kind = "pubAssetNative"    // X13: pubAsset is not the coin
	TokenWithoutCall  Kind = "tokenWithoutCall"  // X14: without a call vT is zero
	GasPriceLow       Kind = "gasPriceLow"       // X15: gas price is at least 10^9 Ta
	GasNotIntrinsic   Kind = "gasNotIntrinsic"   // X16: without a call the gas limit is the intrinsic gas
	FeeMismatch       Kind = "feeMismatch"       // X17: the sum of vN is gasLimit*gasPrice plus the call's value
	SignatureInvalid  Kind = "signatureInvalid"  // X18: each bundle's signature verifies under its rk
	ProofInvalid      Kind = "proofInvalid"      // X19: each bundle's proof verifies
)

// Rules of a transaction against the ledger. Specification: docs/protocol/ledger.md.
const (
	AnchorUnknown  Kind = "anchorUnknown"  // L1: the anchor is the note root of one of the last 512 headers
	NullifierSpent Kind = "nullifierSpent" // L2: no nullifier was inserted before, in this block either
	PoolNegative   Kind = "poolNegative"   // L3: what leaves a pool is in it
	TreeFull       Kind = "treeFull"       // L4: the note tree has room
)

// Rules of a block's outcome against its header. Specification: docs/protocol/ledger.md.
const (
	NoteRootWrong      Kind = "noteRootWrong"      // L10: note root after matured rewards and all outputs
	NullifierRootWrong Kind = "nullifierRootWrong" // L11: nullifier root after all inputs
	PoolRootWrong      Kind = "poolRootWrong"      // L12: pool root after rewards and fees
	StateRootWrong     Kind = "stateRootWrong"     // L13: state root; that of an empty trie before calls
	ReceiptsRootWrong  Kind = "receiptsRootWrong"  // L14: receipts root; zero before calls
	LogsBloomWrong     Kind = "logsBloomWrong"     // L15: logs bloom; zero before calls
)

// Kinds lists every Kind, for the test that holds each to a specification paragraph and a rejecting case.
var Kinds = []Kind{
	HeaderVersion, BlockNumber, TimeNotAfter, DifficultyWrong, SealTarget, SealMix, GasLimitStep, GasUsedLimit, ExtraSize, CoinbasePCM,
	VotesInactive, LicenceRoot, ActiveLicences,
	BodySize, BodyRoot, VoteCount, GasUsedWrong,
	TxSize, TxVersion, TxChain, BundleCount, CallInactive, TxExpired, ExpiryTooFar, FieldNotCanonical, PointInvalid, CommitmentZero,
	NullifierRepeated, PubAssetUnused, PubAssetNative, TokenWithoutCall, GasPriceLow, GasNotIntrinsic, FeeMismatch, SignatureInvalid,
	ProofInvalid,
	AnchorUnknown, NullifierSpent, PoolNegative, TreeFull,
	NoteRootWrong, NullifierRootWrong, PoolRootWrong, StateRootWrong, ReceiptsRootWrong, LogsBloomWrong,
}
