package wallet

import (
	"time"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// stage is what the wallet itself decided about an operation. What the chain makes of a signed transaction is not stored: it follows from
// the chain each time it is asked, and so follows every reorganisation.
type stage uint8

const (
	stageQueued  stage = iota // notes are chosen and reserved
	stageProving              // a transaction is being made; nothing of it has left this machine
	stageSigned               // the transaction is on disk, then offered to the pool; there will never be another for this operation
	stageFailed               // given up or cancelled before anything left this machine
	lastStage    = stageFailed
)

// opKind says what an operation is for.
type opKind uint8

const (
	opSend opKind = iota
	opMerge
)

// payee is one payment of an operation.
type payee struct {
	to    [note.AddressSize]byte
	asset types.AssetID
	value types.Amount
	memo  note.Memo
}

// opRecord is an operation on disk.
type opRecord struct {
	seq      uint64
	id       [8]byte
	request  string // the caller's own name for it, so that asking twice orders once
	account  accountKey
	kind     opKind
	created  int64
	stage    stage
	payees   []payee
	gasPrice types.Amount
	lifetime uint32 // blocks from anchor to expiry
	plan     plan

	tx     []byte // signed
	txid   types.TxID
	anchor types.Height
	expiry types.Height
	left   bool // the pool took it once: it may be anywhere

	kindErr string // why it failed
	detail  string
	advice  string

	// Not on disk.
	progress string
	owner    *account
	credits  []credit
	offered  time.Time // when it was last offered to the pool
	attempts int       // to prove it
}

// credit is money that an operation will bring to an account of this wallet: change, or a payment between own accounts.
type credit struct {
	account *account
	asset   types.AssetID
	value   types.Amount
}

const (
	maxText     = 1 << 12
	opCoinSize  = 8 + 32 + 16
	opPartSize  = 4 + 32 + 16
	maxRequest  = 128
	payeeSize   = note.AddressSize + 32 + 16 + types.MemoSize
	changeIndex = 0xffff_ffff
)

func (o *opRecord) bytes() []byte {
	e := types.NewEncoder(1024 + len(o.tx))
	e.Uint64(o.seq)
	e.Raw(o.id[:])
	putVar(e, []byte(o.request))
	e.Raw(o.account[:])
	e.Uint8(uint8(o.kind))
	e.Uint64(uint64(o.created)) //nolint:gosec // read back as written
	e.Uint8(uint8(o.stage))
	e.Count(len(o.payees))
	for i := range o.payees {
		p := &o.payees[i]
		e.Raw(p.to[:])
		e.Raw(p.asset[:])
		e.Amount(p.value)
		e.Raw(p.memo[:])
	}
	e.Amount(o.gasPrice)
	e.Uint32(o.lifetime)
	o.plan.encode(e)
	putVar(e, o.tx)
	e.Raw(o.txid[:])
	e.Uint64(uint64(o.anchor))
	e.Uint64(uint64(o.expiry))
	e.Present(o.left)
	for _, s := range []string{o.kindErr, o.detail, o.advice} {
		putVar(e, []byte(s[:min(len(s), maxText)]))
	}
	return e.Bytes()
}

func decodeOp(b []byte) (*opRecord, error) {
	d := types.NewDecoder(b)
	o := new(opRecord)
	o.seq = d.Uint64()
	d.Raw(o.id[:])
	o.request = string(d.Var(maxRequest))
	d.Raw(o.account[:])
	o.kind = opKind(d.Uint8())
	o.created = int64(d.Uint64()) //nolint:gosec // as written
	o.stage = stage(d.Uint8())
	o.payees = make([]payee, d.Count(maxOutputs, payeeSize))
	for i := range o.payees {
		p := &o.payees[i]
		d.Raw(p.to[:])
		d.Raw(p.asset[:])
		p.value = d.Amount()
		d.Raw(p.memo[:])
	}
	o.gasPrice = d.Amount()
	o.lifetime = d.Uint32()
	o.plan.decode(d)
	o.tx = d.Var(types.MaxTxSize)
	d.Raw(o.txid[:])
	o.anchor = types.Height(d.Uint64())
	o.expiry = types.Height(d.Uint64())
	o.left = d.Present()
	for _, s := range []*string{&o.kindErr, &o.detail, &o.advice} {
		*s = string(d.Var(maxText))
	}
	return o, record(d)
}

func (p *plan) encode(e *types.Encoder) {
	e.Uint64(uint64(p.gas))
	e.Amount(p.fee)
	e.Count(len(p.bundles))
	for _, b := range p.bundles {
		e.Amount(b.leave)
		e.Count(len(b.inputs))
		for _, c := range b.inputs {
			e.Uint64(uint64(c.pos))
			e.Raw(c.asset[:])
			e.Amount(c.value)
		}
		e.Count(len(b.outputs))
		for _, out := range b.outputs {
			index := uint32(changeIndex)
			if out.want != change {
				index = uint32(out.want) //nolint:gosec // at most twelve
			}
			e.Uint32(index)
			e.Raw(out.asset[:])
			e.Amount(out.value)
		}
	}
}

func (p *plan) decode(d *types.Decoder) {
	p.gas = types.Gas(d.Uint64())
	p.fee = d.Amount()
	p.bundles = make([]bundlePlan, d.Count(types.MaxBundles, 16+4+4))
	for i := range p.bundles {
		b := &p.bundles[i]
		b.leave = d.Amount()
		b.inputs = make([]coin, d.Count(types.BundleInputs, opCoinSize))
		for j := range b.inputs {
			b.inputs[j].pos = types.Position(d.Uint64())
			d.Raw(b.inputs[j].asset[:])
			b.inputs[j].value = d.Amount()
		}
		b.outputs = make([]part, d.Count(types.BundleOutputs, opPartSize))
		for j := range b.outputs {
			b.outputs[j].want = change
			if index := d.Uint32(); index < maxOutputs {
				b.outputs[j].want = int(index)
			}
			d.Raw(b.outputs[j].asset[:])
			b.outputs[j].value = d.Amount()
		}
	}
}

// coins calls fn for every note the operation spends.
func (o *opRecord) coins(fn func(coin)) {
	for _, b := range o.plan.bundles {
		for _, c := range b.inputs {
			fn(c)
		}
	}
}

// name is how callers refer to the operation.
func (o *opRecord) name() string { return "op-" + hexString(o.id[:]) }

// fail records why an operation ended before anything left this machine.
func (o *opRecord) fail(err *Error) {
	o.stage, o.progress = stageFailed, ""
	o.kindErr, o.detail, o.advice = string(err.Kind), err.Detail, err.Advice
	if err.Err != nil {
		if o.detail != "" {
			o.detail += ": "
		}
		o.detail += err.Err.Error()
	}
}

// wants returns the operation's payments as notes are chosen for them.
func (o *opRecord) wants() []want {
	out := make([]want, len(o.payees))
	for i := range o.payees {
		out[i] = want{asset: o.payees[i].asset, value: o.payees[i].value}
	}
	return out
}

// mergeAsset returns the asset that a merge is about.
func (o *opRecord) mergeAsset() types.AssetID {
	for _, b := range o.plan.bundles {
		if len(b.inputs) > 0 {
			return b.inputs[0].asset
		}
	}
	return types.NativeAsset
}
