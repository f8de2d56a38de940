package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
)

const (
	maxBatch    = 1_000    // requests in one message
	maxBody     = 5 << 20  // bytes of one message
	maxDrain    = 32 << 20 // bytes of a message that is too large, read only to be forgotten
	maxResponse = 25 << 20 // bytes of all answers to one message
	maxDepth    = 32       // of arrays and objects in each other; no method needs ten
	maxMethod   = 128      // bytes of a method's name
	maxID       = 1 << 10  // bytes of a request's id
	version     = "2.0"    // of JSON-RPC
)

// request is one JSON-RPC call.
type request struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// wireError is an error as it is sent.
type wireError struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Data    ErrorData `json:"data"`
}

var nullID = json.RawMessage("null")

// errorResponse returns the bytes of an answer that is an error.
func errorResponse(id json.RawMessage, e *Error) []byte {
	return envelope(id, "error", encode(wireError{e.Code, e.Message, e.Data}))
}

// envelope returns the bytes of an answer around what was encoded before. It writes them itself, because encoding/json would read the
// whole of a large result again, once per layer.
func envelope(id json.RawMessage, member string, encoded []byte) []byte {
	if id == nil {
		id = nullID
	}
	out := make([]byte, 0, len(encoded)+len(id)+48)
	out = append(out, `{"jsonrpc":"2.0","id":`...)
	out = append(out, id...)
	out = append(out, `,"`...)
	out = append(out, member...)
	out = append(out, `":`...)
	out = append(out, encoded...)
	return append(out, '}')
}

// encode returns the bytes of an answer. Everything in it was encoded before or encodes always.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("rpc: an envelope of strings and encoded values does not encode: " + err.Error())
	}
	return b
}

// split reads a message as its requests without decoding them, and reports whether it is a batch.
func split(raw []byte) (items []json.RawMessage, batch bool, err *Error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil, false, fail(CodeRequest, "send a JSON-RPC 2.0 request", "message is empty")
	}
	if depth(raw) > maxDepth {
		return nil, false, fail(CodeParse, "no method wants so many brackets", "JSON is nested deeper than %d", maxDepth)
	}
	if !json.Valid(raw) {
		return nil, false, fail(CodeParse, "check quotes, commas and brackets", "message is not JSON: %v", syntax(raw))
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}, false, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, true, fail(CodeParse, "check quotes, commas and brackets", "message is not JSON: %v", err)
	}
	for d.More() {
		if len(items) == maxBatch {
			return nil, true, fail(CodeRequest, "send several smaller batches", "batch has more than %d requests", maxBatch)
		}
		var item json.RawMessage
		if err := d.Decode(&item); err != nil {
			return nil, true, fail(CodeParse, "check quotes, commas and brackets", "message is not JSON: %v", err)
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		return nil, true, fail(CodeRequest, "put at least one request into the batch", "batch is empty")
	}
	return items, true, nil
}

// depth returns how deep arrays and objects lie in each other. It runs before the JSON reader, which recurses.
func depth(raw []byte) int {
	deepest, now := 0, 0
	inString := false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			now++
			deepest = max(deepest, now)
		case c == ']' || c == '}':
			now--
		}
	}
	return deepest
}

// syntax says what is wrong with bytes that are not JSON.
func syntax(raw []byte) error {
	var v json.RawMessage
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	return errors.New("invalid")
}

// parse reads one request. On an error the id is the request's if it could be read.
func parse(raw json.RawMessage) (*request, *Error) {
	r := new(request)
	const hint = `a request is {"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`
	if len(raw) == 0 || raw[0] != '{' {
		return r, fail(CodeRequest, hint, "request is not an object")
	}
	if err := json.Unmarshal(raw, r); err != nil {
		var id struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(raw, &id) == nil && validID(id.ID) {
			r.ID = id.ID
		}
		return r, fail(CodeRequest, hint, "request has members of wrong types")
	}
	if !validID(r.ID) {
		r.ID = nullID
		return r, fail(CodeRequest, "an id is a string or a number", "request id is neither a string nor a number, or too long")
	}
	if r.Version != version {
		return r, fail(CodeRequest, hint, `request member jsonrpc is not "2.0"`)
	}
	if r.Method == "" || len(r.Method) > maxMethod {
		return r, fail(CodeRequest, hint, "request has no method, or one longer than %d bytes", maxMethod)
	}
	return r, nil
}

// validID reports whether an id is absent, null, a string or a number.
func validID(id json.RawMessage) bool {
	return len(id) <= maxID && (len(id) == 0 || id[0] != '{' && id[0] != '[' && id[0] != 't' && id[0] != 'f')
}

func tooLarge() *Error {
	return fail(CodeRequest, "send several smaller requests", "message is larger than %d bytes", maxBody)
}
