package note

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// vectors are what testdata/reference.py, a second implementation, wrote.
type vectors struct {
	Keys []struct {
		Seed, Ask, AK, NK, IVK, OVK, DK, K hexBytes
		Index                              uint32
	}
	Addresses []struct {
		Seed, Base, Bytes hexBytes
		Index             uint32
		J, Sero, Serodev  string
	}
	Derived []struct {
		DK, X, Rcm hexBytes
		Name       string
	}
	Notes []struct {
		Owner, Rcm, Data, Asset, V, Psi, NK, PCM, CM, Completed, NF hexBytes
		Pos                                                         string
	}
	Ciphertexts []struct {
		To, Asset, V, Data, Memo, Seed, PCM, CM, EPK, Enc, Out hexBytes
		Completed                                              bool
	}
	Assets []struct {
		OriginID        uint64
		Kind            uint8
		Issuer, Sub, ID hexBytes
	}
}

type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

func (b hexBytes) is(t *testing.T, what string, got []byte) {
	t.Helper()
	if hex.EncodeToString(got) != hex.EncodeToString(b) {
		t.Errorf("%s: got %x, want %x", what, got, []byte(b))
	}
}

func (b hexBytes) isElement(t *testing.T, what string, got field.Element) {
	t.Helper()
	e := field.EncodeElement(got)
	b.is(t, what, e[:])
}

func (b hexBytes) element(t *testing.T) field.Element {
	t.Helper()
	e, err := field.DecodeElement([32]byte(b))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{"keys": len(v.Keys), "addresses": len(v.Addresses), "derived": len(v.Derived), "notes": len(v.Notes),
		"ciphertexts": len(v.Ciphertexts), "assets": len(v.Assets)} {
		if n < 3 {
			t.Fatalf("%d vectors of %s", n, name)
		}
	}
	return v
}

func TestKeyVectors(t *testing.T) {
	for _, v := range readVectors(t).Keys {
		sk := AccountKey(v.Seed, v.Index)
		ask := field.EncodeScalar(sk.SpendAuth().Scalar())
		v.Ask.is(t, "ask", ask[:])
		k := sk.FullViewingKey()
		ak := field.EncodePoint(k.AK)
		v.AK.is(t, "ak", ak[:])
		v.NK.isElement(t, "nk", k.NK.Element())
		v.IVK.is(t, "ivk", k.IVK[:])
		v.OVK.is(t, "ovk", k.OVK[:])
		v.DK.is(t, "dk", k.DK[:])
		v.K.isElement(t, "K", k.K())
	}
}

func TestAddressVectors(t *testing.T) {
	for _, v := range readVectors(t).Addresses {
		j, err := strconv.ParseUint(v.J, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		a := AccountKey(v.Seed, v.Index).FullViewingKey().Address(j)
		base, b := diversifiedBase(a.Diversifier), a.Bytes()
		v.Base.is(t, "base", base[:])
		v.Bytes.is(t, "address", b[:])
		for hrp, want := range map[string]string{"sero": v.Sero, "serodev": v.Serodev} {
			if got := a.Encode(hrp); got != want {
				t.Errorf("address %s of account %d: got %s, want %s", v.J, v.Index, got, want)
			}
			if got, err := DecodeAddress(hrp, want); err != nil || got != a {
				t.Errorf("%s: got %v, %v", want, got, err)
			}
		}
	}
}

func TestDerivedVectors(t *testing.T) {
	for _, v := range readVectors(t).Derived {
		dk := DiversifierKey(v.DK)
		var x [32]byte
		copy(x[32-len(v.X):], v.X)
		n := uint64(0)
		for _, b := range v.X {
			n = n<<8 | uint64(b)
		}
		var got field.Element
		switch v.Name {
		case "coinbase":
			got = dk.CoinbaseRcm(x)
		case "vote":
			got = dk.VoteRcm(x)
		case "refund":
			got = dk.RefundRcm(x)
		case "bond":
			got = dk.BondRcm(v.X.element(t))
		case "genesis":
			got = dk.GenesisRcm(n)
		case "pcm":
			got = dk.PreparedRcm(n)
		default:
			t.Fatalf("unknown name %q", v.Name)
		}
		v.Rcm.isElement(t, v.Name, got)
	}
}

func TestNoteVectors(t *testing.T) {
	for i, v := range readVectors(t).Notes {
		n := Note{Owner: v.Owner.element(t), Rcm: v.Rcm.element(t), Data: v.Data.element(t), Asset: types.AssetID(v.Asset),
			Value: types.AmountFromBytes([16]byte(v.V)), Psi: v.Psi.element(t)}
		pos, err := strconv.ParseUint(v.Pos, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		pcm := n.PCM()
		v.PCM.is(t, "pcm", pcm[:])
		cm, err := n.Commitment()
		if err != nil {
			t.Fatalf("note %d: %v", i, err)
		}
		v.CM.is(t, "cm", cm[:])
		nf, err := n.Nullifier(NewNullifierKey(v.NK.element(t)), types.Position(pos))
		if err != nil {
			t.Fatalf("note %d: %v", i, err)
		}
		v.NF.is(t, "nf", nf[:])
		completed, err := Complete(pcm, n.Asset, n.Value)
		if err != nil {
			t.Fatalf("note %d: %v", i, err)
		}
		v.Completed.is(t, "completed cm", completed[:])
	}
}

func TestCiphertextVectors(t *testing.T) {
	vs := readVectors(t)
	ovk := OutgoingKey(vs.Keys[0].OVK)
	receiver := NewReceiver(AccountKey(vs.Keys[3].Seed, vs.Keys[3].Index).FullViewingKey().Incoming())
	for i, v := range vs.Ciphertexts {
		to, err := AddressFromBytes([AddressSize]byte(v.To))
		if err != nil {
			t.Fatal(err)
		}
		o := Output{To: to, Asset: types.AssetID(v.Asset), Value: types.AmountFromBytes([16]byte(v.V)), Data: v.Data.element(t),
			Memo: Memo(v.Memo), Seed: Seed(v.Seed)}
		var ct types.Ciphertext
		var opened Opened
		var ok bool
		if v.Completed {
			var pcm types.PartialCM
			pcm, ct, err = o.EncryptCoinbase(ovk)
			v.PCM.is(t, "pcm", pcm[:])
			opened, ok = receiver.TryDecryptCoinbase(&ct, pcm)
		} else {
			ct, err = o.Encrypt(ovk)
			opened, ok = receiver.TryDecrypt(&ct, types.Commitment(v.CM))
		}
		if err != nil {
			t.Fatalf("ciphertext %d: %v", i, err)
		}
		v.EPK.is(t, "epk", ct.EPK[:])
		v.Enc.is(t, "enc", ct.Enc[:])
		v.Out.is(t, "out", ct.Out[:])
		if !ok || opened.To != to || opened.Memo != o.Memo {
			t.Errorf("ciphertext %d: its receiver read %v, %+v", i, ok, opened)
		}
	}
}

func TestAssetVectors(t *testing.T) {
	for _, v := range readVectors(t).Assets {
		id := AssetID(v.OriginID, Kind(v.Kind), types.EthAddress(v.Issuer), [32]byte(v.Sub))
		v.ID.is(t, "asset", id[:])
	}
}
