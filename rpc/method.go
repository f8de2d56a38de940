package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// method is one callable function with all that is said about it.
type method struct {
	name   string // "eth_chainId"
	doc    string
	params []param
	result reflect.Type
	fn     reflect.Value // func(context.Context, params...) (result, error)
}

type param struct {
	name     string
	doc      string
	typ      reflect.Type
	optional bool // then typ is a pointer
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// fn describes a function of the form func(context.Context, ...) (result, error). Each parameter is given as "name: what it is"; a
// parameter of pointer type may be left out. It panics on anything else, which only a table of ours could hold.
func fn(name, doc string, f any, params ...string) method {
	v := reflect.ValueOf(f)
	t := v.Type()
	if t.Kind() != reflect.Func || t.NumIn() != 1+len(params) || t.In(0) != contextType || t.NumOut() != 2 || t.Out(1) != errorType {
		panic("rpc: method " + name + " has the wrong form: " + t.String())
	}
	m := method{name: name, doc: doc, result: t.Out(0), fn: v}
	for i, s := range params {
		pname, pdoc, _ := strings.Cut(s, ": ")
		p := param{name: pname, doc: pdoc, typ: t.In(i + 1), optional: t.In(i+1).Kind() == reflect.Pointer}
		if i > 0 && m.params[i-1].optional && !p.optional {
			panic("rpc: method " + name + " has a required parameter after an optional one")
		}
		m.params = append(m.params, p)
	}
	return m
}

// namespace returns the part of a method's name before the first separator.
func namespace(name string) string {
	if i := strings.IndexAny(name, "_."); i >= 0 {
		return name[:i]
	}
	return name
}

// usage shows how to call the method.
func (m *method) usage() string {
	var names []string
	for _, p := range m.params {
		if p.optional {
			names = append(names, p.name+"?")
		} else {
			names = append(names, p.name)
		}
	}
	return fmt.Sprintf("the parameters of %s are [%s]", m.name, strings.Join(names, ", "))
}

// decode reads the parameters, by position or by name.
func (m *method) decode(ctx context.Context, raw json.RawMessage) ([]reflect.Value, *Error) {
	given, err := m.arrange(raw)
	if err != nil {
		return nil, err
	}
	args := []reflect.Value{reflect.ValueOf(ctx)}
	for i, p := range m.params {
		v := reflect.New(p.typ)
		switch {
		case given[i] != nil && !isNull(given[i]):
			if err := decodeStrict(given[i], v.Interface()); err != nil {
				return nil, badParam(m.usage(), "parameter %s: %v", p.name, err)
			}
		case !p.optional:
			return nil, badParam(m.usage(), "parameter %s is missing", p.name)
		}
		args = append(args, v.Elem())
	}
	return args, nil
}

// arrange returns one raw value per parameter, nil where none was given.
func (m *method) arrange(raw json.RawMessage) ([]json.RawMessage, *Error) {
	given := make([]json.RawMessage, len(m.params))
	if len(raw) == 0 || isNull(raw) {
		return given, nil
	}
	switch raw[0] {
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, badParam(m.usage(), "parameters: %v", err)
		}
		if len(list) > len(m.params) {
			return nil, badParam(m.usage(), "%d parameters given, at most %d wanted", len(list), len(m.params))
		}
		copy(given, list)
		return given, nil
	case '{':
		var named map[string]json.RawMessage
		if err := json.Unmarshal(raw, &named); err != nil {
			return nil, badParam(m.usage(), "parameters: %v", err)
		}
		for i, p := range m.params {
			given[i] = named[p.name]
			delete(named, p.name)
		}
		for name := range named {
			return nil, badParam(m.usage(), "parameter %.64q is unknown", name)
		}
		return given, nil
	}
	return nil, fail(CodeRequest, m.usage(), "params is neither an array nor an object")
}

// call runs the method. A panic in it is a bug, which must not take the node down: the caller hears of it and the log gets its stack.
func (m *method) call(args []reflect.Value) (any, error) {
	out := m.fn.Call(args)
	if err, _ := out[1].Interface().(error); err != nil {
		return nil, err
	}
	return out[0].Interface(), nil
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// decodeStrict reads a value and refuses members that its type does not have, for a misspelt option must not be ignored where money is
// concerned.
func decodeStrict(raw json.RawMessage, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		at := ""
		if t.Field != "" {
			at = t.Field + ": "
		}
		return fmt.Errorf("%swant %s, got %s", at, jsonName(t.Type), t.Value)
	}
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// jsonName says in JSON's words what a Go type reads.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Struct, reflect.Map:
		if reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
			return "a string"
		}
		return "an object"
	case reflect.Array:
		return "a string"
	case reflect.Slice:
		return "an array"
	case reflect.String:
		return "a string"
	}
	return "an integer from 0 that fits " + t.Kind().String()
}
