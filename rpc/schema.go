package rpc

import (
	"encoding"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gero-chain/gero/types"
)

// Schema is a JSON Schema.
type Schema map[string]any

// schemas makes a Schema of a Go type as encoding/json writes or reads it.
type schemas struct{ named map[string]Schema }

func pattern(p, what string) Schema {
	return Schema{"type": "string", "pattern": p, "description": what}
}

var (
	quantity    = pattern(`^0x(0|[1-9a-f][0-9a-f]*)$`, "quantity in hex")
	hexData     = pattern(`^0x([0-9a-f]{2})*$`, "bytes in hex")
	hash32      = pattern(`^0x[0-9a-f]{64}$`, "32 bytes in hex")
	amountOut   = pattern(`^(0|[1-9][0-9]*)$`, "amount in smallest units, decimal")
	wholeNumber = Schema{"type": "integer", "minimum": 0}
	numberIn    = anyOf(Schema{"type": "integer", "minimum": 0, "maximum": maxSafe}, pattern(`^([0-9]+|0x[0-9a-fA-F]+)$`, "decimal or hex digits"))
	hexIn       = pattern(`^0x([0-9a-fA-F]{2})*$`, "bytes in hex")
	anything    = Schema{}
)

func anyOf(s ...Schema) Schema { return Schema{"anyOf": s} }

// special are the types whose JSON says more or something else than their Go type.
var special = map[reflect.Type]Schema{
	reflect.TypeFor[hexutil.Uint64]():   quantity,
	reflect.TypeFor[hexutil.Big]():      quantity,
	reflect.TypeFor[types.Amount]():     amountOut,
	reflect.TypeFor[types.EthAddress](): pattern(`^0x[0-9a-fA-F]{40}$`, "20 bytes in hex"),
	reflect.TypeFor[Amount]():           numberIn,
	reflect.TypeFor[Number]():           numberIn,
	reflect.TypeFor[StorageSlot]():      numberIn,
	reflect.TypeFor[Nonce]():            pattern(`^0x[0-9a-fA-F]{16}$`, "8 bytes in hex"),
	reflect.TypeFor[Asset]():            pattern(`^(SERO|0x[0-9a-fA-F]{64})?$`, "id of an asset, or SERO"),
	reflect.TypeFor[Schema]():           anything,
	reflect.TypeFor[BlockRef](): anyOf(numberIn, pattern(`^0x[0-9a-fA-F]{64}$`, "hash of a block"),
		Schema{"enum": []string{"latest", "pending", "earliest", "safe", "finalized"}}, Schema{"type": "object"}),
}

// of returns the schema of a type. A pointer in an answer may be null, in a parameter it is one that may be left out.
func (g *schemas) of(t reflect.Type, out bool) Schema {
	if s, ok := special[t]; ok {
		return s
	}
	switch t {
	case reflect.TypeFor[Hex]():
		if out {
			return hexData
		}
		return hexIn
	case reflect.TypeFor[TxOrHash]():
		return anyOf(hash32, g.of(reflect.TypeFor[EthTx](), out))
	case reflect.TypeFor[Syncing]():
		return anyOf(Schema{"const": false}, g.of(reflect.TypeFor[EthSync](), out))
	case reflect.TypeFor[Addresses]():
		one := g.of(reflect.TypeFor[types.EthAddress](), out)
		return anyOf(one, Schema{"type": "array", "items": one})
	case reflect.TypeFor[Topics]():
		return anyOf(hash32, Schema{"type": "null"}, Schema{"type": "array", "items": hash32})
	}
	if t.Kind() == reflect.Pointer {
		if out {
			return anyOf(g.of(t.Elem(), out), Schema{"type": "null"})
		}
		return g.of(t.Elem(), out)
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) && t.Kind() == reflect.Array && t.Len() == 32 {
		return hash32
	}
	return g.plain(t, out)
}

// plain makes the schema of a type that has no JSON of its own.
func (g *schemas) plain(t reflect.Type, out bool) Schema {
	switch t.Kind() {
	case reflect.String:
		return Schema{"type": "string"}
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Int64:
		return Schema{"type": "integer"}
	case reflect.Int, reflect.Uint8, reflect.Uint32, reflect.Uint64:
		if t.Kind() == reflect.Int {
			return Schema{"type": "integer"}
		}
		return wholeNumber
	case reflect.Float64:
		return Schema{"type": "number"}
	case reflect.Slice, reflect.Array:
		s := Schema{"type": "array", "items": g.of(t.Elem(), out)}
		if t.Kind() == reflect.Array {
			s["minItems"], s["maxItems"] = t.Len(), t.Len()
		} else if out && t.Elem().Kind() == reflect.Pointer && t.Elem() != reflect.TypeFor[*hexutil.Big]() {
			return anyOf(s, Schema{"type": "null"}) // Such as the receipts of a block that does not exist.
		}
		return s
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": g.of(t.Elem(), out)}
	case reflect.Struct:
		return g.object(t, out)
	}
	panic("rpc: no schema for " + t.String())
}

// object puts a struct among the named schemas and refers to it.
func (g *schemas) object(t reflect.Type, out bool) Schema {
	name := strings.NewReplacer("[", "_", "]", "", "*", "", "github.com/gero-chain/gero/rpc.", "").Replace(t.Name())
	ref := Schema{"$ref": "#/components/schemas/" + name}
	if _, ok := g.named[name]; ok {
		return ref
	}
	props, required := Schema{}, []string{}
	g.named[name] = nil // Whoever refers to itself finds the name taken.
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "" || tag == "-" {
			panic("rpc: field " + t.String() + "." + f.Name + " has no JSON name")
		}
		ft := f.Type
		if strings.Contains(options, "omitempty") && ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		props[tag] = g.of(ft, out)
		if !strings.Contains(options, "omitempty") {
			required = append(required, tag)
		}
	}
	g.named[name] = Schema{"type": "object", "properties": props, "required": required, "additionalProperties": false}
	return ref
}
