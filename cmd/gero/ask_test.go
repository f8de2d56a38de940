package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestPromptEndsWithCtrlC: a person at a prompt who gives up is not held there until the line is finished.
func TestPromptEndsWithCtrlC(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	never := make(chan struct{})
	defer close(never)
	time.AfterFunc(10*time.Millisecond, cancel)
	text, err := unlessInterrupted(ctx, func() (string, error) {
		<-never
		return "late", nil
	})
	if text != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v, want nothing and %v", text, err, context.Canceled)
	}
	text, err = unlessInterrupted(t.Context(), func() (string, error) { return "secret", nil })
	if text != "secret" || err != nil {
		t.Errorf("got %q, %v, want what was typed", text, err)
	}
}
