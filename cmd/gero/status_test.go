package main

import "testing"

func TestAge(t *testing.T) {
	for seconds, want := range map[int64]string{0: "0s", 75: "1m15s", 7200: "2h0m0s", 172799: "47h59m59s", 172800: "2 days", 28310400: "327 days"} {
		if got := age(seconds); got != want {
			t.Errorf("%d seconds are %q, want %q", seconds, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 notes", 1: "1 note", 2: "2 notes"} {
		if got := plural(n, "note"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
