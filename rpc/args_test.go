package rpc

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

func TestAmounts(t *testing.T) {
	const most = "340282366920938463463374607431768211455"
	for in, want := range map[string]string{
		`"0"`: "0", `"1500000000000000000"`: "1500000000000000000", `"0x10"`: "16", `"0xfF"`: "255", `7`: "7", `9007199254740991`: "9007199254740991",
		`"` + most + `"`: most, `"0xffffffffffffffffffffffffffffffff"`: most, `"007"`: "7",
	} {
		var a Amount
		if err := json.Unmarshal([]byte(in), &a); err != nil || a.String() != want {
			t.Errorf("%s: got %s, %v, want %s", in, a, err, want)
		}
	}
	for in, want := range map[string]string{
		`1.5`: "float", `1e18`: "float", `1E3`: "float", `9007199254740992`: "string", `-1`: "integer", `"-1"`: "integer", `"1.5"`: "integer", `"1e3"`: "integer",
		`""`: "integer", `"0x"`: "integer", `"0x-1"`: "integer", `" 1"`: "integer", `"1_000"`: "integer", `"0x1_0"`: "integer", `"+1"`: "integer", `true`: "integer", `{}`: "integer",
		`"340282366920938463463374607431768211456"`: "above", `"0x100000000000000000000000000000000"`: "above",
		`"` + strings.Repeat("9", 1000) + `"`: "integer", `"0x` + strings.Repeat("f", 1000) + `"`: "integer",
	} {
		var a Amount
		if err := json.Unmarshal([]byte(in), &a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %s, %v, want an error with %q", in, a, err, want)
		}
	}
}

func TestBlockRefs(t *testing.T) {
	net := params.Dev() // rewards mature after 20 blocks, reorganisations go 5,760 deep
	hash := "0x" + strings.Repeat("ab", 32)
	for _, c := range []struct {
		in   string
		want types.Height
	}{
		{`"latest"`, 6000}, {`"pending"`, 6000}, {`"earliest"`, 0}, {`"safe"`, 5980}, {`"finalized"`, 240}, {`"0x10"`, 16}, {`17`, 17}, {`"17"`, 17},
		{`{"blockNumber":"0x5"}`, 5}, {`{"blockNumber":"latest"}`, 6000},
	} {
		var b BlockRef
		if err := json.Unmarshal([]byte(c.in), &b); err != nil || b.hash != nil || b.height(net, 6000) != c.want {
			t.Errorf("%s: got %d, %v, want %d", c.in, b.height(net, 6000), err, c.want)
		}
	}
	var safe BlockRef
	if json.Unmarshal([]byte(`"finalized"`), &safe) != nil || safe.height(net, 3) != 0 {
		t.Errorf("finalized on a young chain: got %d, want 0", safe.height(net, 3))
	}
	for _, in := range []string{`"` + hash + `"`, `{"blockHash":"` + hash + `"}`, `{"blockHash":"` + hash + `","requireCanonical":true}`} {
		var b BlockRef
		if err := json.Unmarshal([]byte(in), &b); err != nil || b.hash == nil || b.String() != hash {
			t.Errorf("%s: got %s, %v", in, &b, err)
		}
	}
	for _, in := range []string{
		`"newest"`, `""`, `null`, `true`, `[]`, `{}`, `{"blockNumber":1,"blockHash":"` + hash + `"}`, `{"block":1}`, `{"blockNumber":"` + hash + `"}`,
		`{"blockNumber":{"blockNumber":{"blockNumber":[]}}}`, `"0x` + strings.Repeat("zz", 32) + `"`, `"9007199254740992"`,
	} {
		var b BlockRef
		if err := b.UnmarshalJSON([]byte(in)); err == nil {
			t.Errorf("%s: got %s, want an error", in, &b)
		}
	}
}

func TestOneOrMany(t *testing.T) {
	const a = `"0x00000000000000000000000000000000000000aa"`
	for in, want := range map[string]int{a: 1, `[]`: 0, `[` + a + `,` + a + `]`: 2} {
		var l Addresses
		if err := json.Unmarshal([]byte(in), &l); err != nil || len(l) != want {
			t.Errorf("%s: got %d, %v, want %d", in, len(l), err, want)
		}
	}
	var l Addresses
	if err := json.Unmarshal([]byte(`[`+strings.Repeat(a+",", 1000)+a+`]`), &l); err == nil {
		t.Error("1,001 addresses were taken")
	}
	if err := json.Unmarshal([]byte(`"0xaa"`), &l); err == nil {
		t.Error("a short address was taken")
	}
}
