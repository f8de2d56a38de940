package rpc

import (
	"context"
	"maps"
	"slices"
)

// discovery describes the methods of this node.
type discovery struct {
	*Server
	doc *Document
}

func discoverMethods(s *Server) []method {
	d := &discovery{Server: s}
	ms := []method{
		fn("rpc.discover", "This document.", d.discover),
		fn("rpc_modules", "The namespaces of this node.", d.modules),
	}
	all := slices.Collect(maps.Values(s.disp.methods))
	for i := range ms {
		all = append(all, &ms[i])
	}
	d.doc = describe(s, all)
	return ms
}

func (d *discovery) discover(context.Context) (*Document, error) { return d.doc, nil }

// modules returns every namespace that the caller finds here, with a version, as programs for Ethereum expect.
func (d *discovery) modules(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	c := callOf(ctx).caller
	for name := range d.disp.methods {
		if ns := namespace(name); c.offers(ns) {
			out[ns] = "1.0"
		}
	}
	return out, nil
}

// Document is an OpenRPC document.
type Document struct {
	OpenRPC    string       `json:"openrpc"`
	Info       DocumentInfo `json:"info"`
	Methods    []MethodDoc  `json:"methods"`
	Components Components   `json:"components"`
}

// DocumentInfo says what the document is about.
type DocumentInfo struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

// MethodDoc describes one method.
type MethodDoc struct {
	Name           string     `json:"name"`
	Summary        string     `json:"summary"`
	ParamStructure string     `json:"paramStructure"`
	Tags           []Tag      `json:"tags"`
	Params         []ParamDoc `json:"params"`
	Result         ParamDoc   `json:"result"`
}

// Tag says who may call a method: "open" or "cookie".
type Tag struct {
	Name string `json:"name"`
}

// ParamDoc describes a parameter or a result.
type ParamDoc struct {
	Name     string `json:"name"`
	Summary  string `json:"summary,omitempty"`
	Required bool   `json:"required,omitempty"`
	Schema   Schema `json:"schema"`
}

// Components holds the schemas that others refer to.
type Components struct {
	Schemas map[string]Schema `json:"schemas"`
}

// describe makes the document of some methods.
func describe(s *Server, methods []*method) *Document {
	g := &schemas{named: map[string]Schema{}}
	doc := &Document{
		OpenRPC: "1.3.2",
		Info: DocumentInfo{
			Title:   "gero",
			Version: s.cfg.Version,
			Description: "JSON-RPC of a gero node on " + s.cfg.Net.Name + ". Amounts are in smallest units, as decimal strings. " +
				"Methods tagged \"cookie\" need IPC or the cookie. eth_subscribe needs WebSocket or IPC.",
		},
	}
	slices.SortFunc(methods, func(a, b *method) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	for _, m := range methods {
		d := MethodDoc{Name: m.name, Summary: m.doc, ParamStructure: "either", Tags: []Tag{{"cookie"}}, Params: []ParamDoc{},
			Result: ParamDoc{Name: "result", Schema: g.of(m.result, true)}}
		if slices.Contains(reading, namespace(m.name)) {
			d.Tags[0].Name = "open"
		}
		for _, p := range m.params {
			d.Params = append(d.Params, ParamDoc{Name: p.name, Summary: p.doc, Required: !p.optional, Schema: g.of(p.typ, false)})
		}
		doc.Methods = append(doc.Methods, d)
	}
	doc.Components.Schemas = g.named
	return doc
}
