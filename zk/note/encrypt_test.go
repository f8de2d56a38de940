package note

import (
	"bytes"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// sealed encrypts an output.
func sealed(t testing.TB, o Output, ovk OutgoingKey) Sealed {
	t.Helper()
	ct, err := o.Encrypt(ovk)
	if err != nil {
		t.Fatal(err)
	}
	cm, err := o.Note().Commitment()
	if err != nil {
		t.Fatal(err)
	}
	return Sealed{Commitment: cm, Ciphertext: &ct}
}

// payment returns an output of every part to address 3 of account 2.
func payment(t testing.TB) Output {
	t.Helper()
	memo, err := TextMemo("for the roof")
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOutput(testRand(1), testKey(2).Address(3), types.AssetID{5: 1}, types.NewAmount(1<<60), memo)
	if err != nil {
		t.Fatal(err)
	}
	o.Data = field.FromUint64(77)
	return o
}

func TestReceiverAndSenderRead(t *testing.T) {
	o, sender := payment(t), testKey(1)
	s := sealed(t, o, sender.OVK)
	want := Opened{Note: o.Note(), To: o.To, Memo: o.Memo}
	if got, ok := NewReceiver(testKey(2).Incoming()).TryDecrypt(s.Ciphertext, s.Commitment); !ok || got != want {
		t.Errorf("receiver: got %v, %+v", ok, got)
	}
	if got, ok := sender.OVK.TryRecover(s.Ciphertext, s.Commitment); !ok || got != want {
		t.Errorf("sender: got %v, %+v", ok, got)
	}
	for name, k := range map[string]FullViewingKey{"sender": sender, "stranger": testKey(3)} {
		if _, ok := NewReceiver(k.Incoming()).TryDecrypt(s.Ciphertext, s.Commitment); ok {
			t.Errorf("%s decrypted with an incoming key", name)
		}
	}
	for name, k := range map[string]FullViewingKey{"receiver": testKey(2), "stranger": testKey(3)} {
		if _, ok := k.OVK.TryRecover(s.Ciphertext, s.Commitment); ok {
			t.Errorf("%s recovered with an outgoing key", name)
		}
	}
	cm := s.Commitment
	cm[31] ^= 1
	if _, ok := NewReceiver(testKey(2).Incoming()).TryDecrypt(s.Ciphertext, cm); ok {
		t.Error("another commitment's note was accepted")
	}
}

func TestCoinbaseCiphertext(t *testing.T) {
	o, miner := payment(t), testKey(1)
	pcm, ct, err := o.EncryptCoinbase(miner.OVK)
	if err != nil {
		t.Fatal(err)
	}
	receiver := NewReceiver(testKey(2).Incoming())
	for name, try := range map[string]func() (Opened, bool){
		"receiver": func() (Opened, bool) { return receiver.TryDecryptCoinbase(&ct, pcm) },
		"sender":   func() (Opened, bool) { return miner.OVK.TryRecoverCoinbase(&ct, pcm) },
	} {
		got, ok := try()
		if !ok || got.To != o.To || got.Memo != o.Memo || !got.Note.Psi.IsZero() || !got.Note.Value.IsZero() || got.Note.PCM() != pcm {
			t.Errorf("%s: got %v, %+v", name, ok, got)
			continue
		}
		got.Note.Asset, got.Note.Value = types.NativeAsset, types.SERO
		cm, err := got.Note.Commitment()
		if want, werr := Complete(pcm, types.NativeAsset, types.SERO); err != nil || werr != nil || cm != want {
			t.Errorf("%s: the completed note has commitment %v, want %v", name, cm, want)
		}
	}
	bad := pcm
	bad[31] ^= 1
	if _, ok := receiver.TryDecryptCoinbase(&ct, bad); ok {
		t.Error("another partial commitment's note was accepted")
	}
	if _, ok := receiver.TryDecrypt(&ct, types.Commitment(pcm)); ok {
		t.Error("a coinbase was accepted as a payment")
	}
	s := sealed(t, o, miner.OVK)
	if _, ok := receiver.TryDecryptCoinbase(s.Ciphertext, types.PartialCM(s.Commitment)); ok {
		t.Error("a payment was accepted as a coinbase")
	}
}

// TestTamperedByteRefused changes each byte of a ciphertext. A receiver does not need out, a sender needs everything.
func TestTamperedByteRefused(t *testing.T) {
	o, sender := payment(t), testKey(1)
	s := sealed(t, o, sender.OVK)
	receiver := NewReceiver(testKey(2).Incoming())
	e := types.NewEncoder(types.CiphertextSize)
	s.Ciphertext.Encode(e)
	for i := range e.Bytes() {
		b := bytes.Clone(e.Bytes())
		b[i] ^= 1 << (i % 8)
		if i == 31 {
			b[i] = e.Bytes()[i] | 0x80 // X25519 ignores this bit; the receiver must not
		}
		var ct types.Ciphertext
		d := types.NewDecoder(b)
		ct.Decode(d)
		if _, ok := receiver.TryDecrypt(&ct, s.Commitment); ok != (i >= 32+types.EncSize) {
			t.Errorf("byte %d changed: the receiver accepts: %v", i, ok)
		}
		if _, ok := sender.OVK.TryRecover(&ct, s.Commitment); ok {
			t.Errorf("byte %d changed: the sender recovers", i)
		}
	}
}

// forge seals a plaintext of the caller's making as a sender would who breaks the rules.
func forge(o Output, cm [32]byte, esk [32]byte, change func(p []byte)) *types.Ciphertext {
	ct := new(types.Ciphertext)
	k := scalarKey(esk)
	ct.EPK, _ = x25519(k, diversifiedBase(o.To.Diversifier))
	shared, _ := x25519(k, o.To.P)
	p := o.plaintext()
	change(p[:])
	seal(ct.Enc[:0], kdf(shared, ct.EPK, cm), p[:])
	return ct
}

// TestDishonestSenderRefused lets a sender, who knows every key of the ciphertext, lie in each part of it.
func TestDishonestSenderRefused(t *testing.T) {
	o := payment(t)
	cm, err := o.Note().Commitment()
	if err != nil {
		t.Fatal(err)
	}
	esk := o.Seed.esk()
	receiver := NewReceiver(testKey(2).Incoming())
	other := testKey(2).Address(4)
	otherSeed := Seed{9}
	for name, c := range map[string]struct {
		ct *types.Ciphertext
		ok bool
	}{
		"honest":                 {forge(o, cm, esk, func([]byte) {}), true},
		"version 0":              {forge(o, cm, esk, func(p []byte) { p[0] = 0 }), false},
		"version 2":              {forge(o, cm, esk, func(p []byte) { p[0] = 2 }), false},
		"another own address":    {forge(o, cm, esk, func(p []byte) { copy(p[1:], other.Diversifier[:]) }), false},
		"another asset":          {forge(o, cm, esk, func(p []byte) { p[17+31] ^= 1 }), false},
		"an asset of r":          {forge(o, cm, esk, func(p []byte) { field.Modulus().FillBytes(p[17:49]) }), false},
		"a greater value":        {forge(o, cm, esk, func(p []byte) { p[49] = 1 }), false},
		"other data":             {forge(o, cm, esk, func(p []byte) { p[65+31] ^= 1 }), false},
		"data of r":              {forge(o, cm, esk, func(p []byte) { field.Modulus().FillBytes(p[65:97]) }), false},
		"another seed":           {forge(o, cm, esk, func(p []byte) { copy(p[97:], otherSeed[:]) }), false},
		"a scalar of no seed":    {forge(o, cm, clamp([32]byte{1}), func([]byte) {}), false},
		"another memo is no lie": {forge(o, cm, esk, func(p []byte) { p[129] ^= 1 }), true},
	} {
		if _, ok := receiver.TryDecrypt(c.ct, cm); ok != c.ok {
			t.Errorf("%s: accepted %v, want %v", name, ok, c.ok)
		}
	}
	t.Run("two addresses mixed", func(t *testing.T) {
		// epk belongs to address 3, the payee's key is that of address 4: if the receiver took it, the sender would know that both
		// are his.
		mixed := o
		mixed.To.P = other.P
		if _, ok := receiver.TryDecrypt(forge(mixed, cm, esk, func([]byte) {}), cm); ok {
			t.Error("accepted")
		}
	})
	t.Run("low order", func(t *testing.T) {
		s := sealed(t, o, OutgoingKey{})
		for _, low := range [][32]byte{{}, {1}} {
			s.Ciphertext.EPK = low
			if _, ok := receiver.TryDecrypt(s.Ciphertext, cm); ok {
				t.Error("accepted an ephemeral key of low order")
			}
		}
	})
}

func TestUnpayableOutputRefused(t *testing.T) {
	o := payment(t)
	o.To.P = [32]byte{}
	if _, err := o.Encrypt(OutgoingKey{}); err == nil {
		t.Error("encrypted to a key of low order")
	}
	o = payment(t)
	field.Modulus().FillBytes(o.Asset[:])
	if _, err := o.Encrypt(OutgoingKey{}); err == nil {
		t.Error("encrypted an asset of r")
	}
	for n := range 32 {
		if _, err := NewOutput(bytes.NewReader(make([]byte, n)), o.To, types.NativeAsset, types.Amount{}, Memo{}); err == nil {
			t.Errorf("an output from %d bytes of randomness", n)
		}
	}
}

// TestDummiesLookLikePayments compares what anybody can see: lengths are fixed by the type, so the bytes are left. No byte position may
// stand out.
func TestDummiesLookLikePayments(t *testing.T) {
	const n = 64
	rng := testRand(9)
	to := testKey(2).Address(0)
	var counts [2][types.CiphertextSize]map[byte]int
	for kind := range counts {
		for i := range counts[kind] {
			counts[kind][i] = map[byte]int{}
		}
		for range n {
			o, err := DummyOutput(rng)
			ovk, ovkErr := NewOutgoingKey(rng)
			if kind == 1 {
				ovk = testKey(1).OVK
				o, err = NewOutput(rng, to, types.NativeAsset, types.SERO, Memo{})
			}
			if err != nil || ovkErr != nil {
				t.Fatal(err, ovkErr)
			}
			s := sealed(t, o, ovk)
			e := types.NewEncoder(types.CiphertextSize)
			s.Ciphertext.Encode(e)
			for i, b := range e.Bytes() {
				counts[kind][i][b]++
			}
		}
	}
	for kind := range counts {
		for i, c := range counts[kind] {
			for b, times := range c {
				if times > n/6 {
					t.Errorf("kind %d: byte %d is %d in %d of %d ciphertexts", kind, i, b, times, n)
				}
			}
		}
	}
}

func TestScanFindsEverything(t *testing.T) {
	rng := testRand(5)
	keys := []FullViewingKey{testKey(1), testKey(2), testKey(3)}
	var outputs []Sealed
	var want [][2]int
	for i := range 50 {
		o, err := DummyOutput(rng)
		if who := i % 7; who < len(keys) {
			o, err = NewOutput(rng, keys[who].Address(uint64(i)), types.NativeAsset, types.NewAmount(uint64(i)), Memo{})
			want = append(want, [2]int{i, who})
		}
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, sealed(t, o, OutgoingKey{}))
	}
	receivers := make([]*Receiver, len(keys))
	for i, k := range keys {
		receivers[i] = NewReceiver(k.Incoming())
	}
	for _, workers := range []int{-1, 0, 1, 2, 100} {
		hits := Scan(receivers, outputs, workers)
		if len(hits) != len(want) {
			t.Fatalf("%d workers: got %d hits, want %d", workers, len(hits), len(want))
		}
		for i, h := range hits {
			if h.Output != want[i][0] || h.Receiver != want[i][1] || h.Note.Value != types.NewAmount(uint64(h.Output)) {
				t.Errorf("%d workers: hit %d is output %d of receiver %d, want %v", workers, i, h.Output, h.Receiver, want[i])
			}
		}
	}
	if hits := Scan(nil, outputs, 4); len(hits) != 0 {
		t.Errorf("no receivers, %d hits", len(hits))
	}
	if hits := Scan(receivers, nil, 4); len(hits) != 0 {
		t.Errorf("no outputs, %d hits", len(hits))
	}
}

func FuzzTryDecrypt(f *testing.F) {
	k := testKey(2)
	receiver := NewReceiver(k.Incoming())
	s := sealed(f, payment(f), k.OVK)
	e := types.NewEncoder(types.CiphertextSize)
	s.Ciphertext.Encode(e)
	f.Add(e.Bytes(), s.Commitment[:])
	f.Add(make([]byte, types.CiphertextSize), make([]byte, 32))
	f.Add(bytes.Repeat([]byte{0xff}, types.CiphertextSize), bytes.Repeat([]byte{0xff}, 32))
	f.Fuzz(func(t *testing.T, b, cm []byte) {
		if len(cm) != 32 {
			return
		}
		var ct types.Ciphertext
		d := types.NewDecoder(b)
		ct.Decode(d)
		if d.Finish() != nil {
			return
		}
		if o, ok := receiver.TryDecrypt(&ct, types.Commitment(cm)); ok {
			if got, err := o.Note.Commitment(); err != nil || got != types.Commitment(cm) {
				t.Errorf("accepted a note of another commitment: %v", err)
			}
		}
		receiver.TryDecryptCoinbase(&ct, types.PartialCM(cm))
		k.OVK.TryRecover(&ct, types.Commitment(cm))
		k.OVK.TryRecoverCoinbase(&ct, types.PartialCM(cm))
	})
}

// FuzzPlaintext takes the sender's place: whatever he encrypts, an accepted note has the commitment that it was accepted for.
func FuzzPlaintext(f *testing.F) {
	o := payment(f)
	p := o.plaintext()
	f.Add(p[:])
	f.Add(make([]byte, encPlainSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != encPlainSize {
			return
		}
		got, ok := parsePlaintext((*[encPlainSize]byte)(b))
		if !ok {
			return
		}
		if again := got.plaintext(); !bytes.Equal(again[:], b) {
			t.Errorf("read %x, wrote %x", b, again)
		}
		if o, ok := got.matchOutput(types.Commitment{1}); ok {
			t.Errorf("accepted %+v", o)
		}
		got.matchCompleted(types.PartialCM{1})
	})
}

func BenchmarkTryDecrypt(b *testing.B) {
	r := NewReceiver(testKey(1).Incoming())
	s := sealed(b, payment(b), testKey(1).OVK)
	for b.Loop() {
		r.TryDecrypt(s.Ciphertext, s.Commitment)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "trials/s")
}

// BenchmarkX25519 is the part of a trial that no code of ours can make faster.
func BenchmarkX25519(b *testing.B) {
	k, u := scalarKey(testKey(1).IVK), diversifiedBase(Diversifier{})
	for b.Loop() {
		if _, err := x25519(k, u); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecryptOwn(b *testing.B) {
	r := NewReceiver(testKey(2).Incoming())
	s := sealed(b, payment(b), testKey(1).OVK)
	for b.Loop() {
		if _, ok := r.TryDecrypt(s.Ciphertext, s.Commitment); !ok {
			b.Fatal("not decrypted")
		}
	}
}

func BenchmarkEncrypt(b *testing.B) {
	o := payment(b)
	for b.Loop() {
		if _, err := o.Encrypt(OutgoingKey{}); err != nil {
			b.Fatal(err)
		}
	}
}
