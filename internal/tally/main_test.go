package main

import (
	"strings"
	"testing"
)

// TestRun feeds the reader what `go test -json` prints in each case that matters.
func TestRun(t *testing.T) {
	tests := []struct {
		name   string
		in     []string
		ok     bool
		want   []string // in the output, in any order
		absent []string
	}{
		{
			name: "passes and skips",
			in: []string{
				`{"Action":"start","Package":"a"}`,
				`{"Action":"run","Package":"a","Test":"TestX"}`,
				`{"Action":"output","Package":"a","Test":"TestX","Output":"chatter\n"}`,
				`{"Action":"pass","Package":"a","Test":"TestX/sub","Elapsed":0.1}`,
				`{"Action":"pass","Package":"a","Test":"TestX","Elapsed":3}`,
				`{"Action":"output","Package":"a","Test":"TestY","Output":"=== RUN   TestY\n"}`,
				`{"Action":"output","Package":"a","Test":"TestY","Output":"    y_test.go:1: no vectors\n"}`,
				`{"Action":"output","Package":"a","Test":"TestY","Output":"--- SKIP: TestY (0.00s)\n"}`,
				`{"Action":"skip","Package":"a","Test":"TestY","Elapsed":0}`,
				`{"Action":"output","Package":"a","Output":"ok  \ta\t3.1s\n"}`,
				`{"Action":"pass","Package":"a","Elapsed":3.1}`,
				`{"Action":"output","Package":"b","Output":"?   \tb\t[no test files]\n"}`,
				`{"Action":"skip","Package":"b","Elapsed":0}`,
			},
			ok:     true,
			want:   []string{"ok  \ta\t3.1s\n", "?   \tb", "3.0 s  a TestX\n", "a TestY: y_test.go:1: no vectors\n", "\n2 passed, 0 failed, 1 skipped\n"},
			absent: []string{"chatter", "3.0 s  a TestX/sub"},
		},
		{
			name: "a failing test says why",
			in: []string{
				`{"Action":"output","Package":"a","Test":"TestX","Output":"    x_test.go:9: got 1, want 2\n"}`,
				`{"Action":"fail","Package":"a","Test":"TestX","Elapsed":0}`,
				`{"Action":"output","Package":"a","Output":"FAIL\ta\t0.1s\n"}`,
				`{"Action":"fail","Package":"a","Elapsed":0.1}`,
			},
			want: []string{"x_test.go:9: got 1, want 2\n", "FAIL\ta\t0.1s\n", "0 passed, 1 failed, 0 skipped\n"},
		},
		{
			name: "a package that panics fails although no test did",
			in: []string{
				`{"Action":"output","Package":"a","Test":"TestX","Output":"panic: oh\n"}`,
				`{"Action":"fail","Package":"a","Elapsed":0.1}`,
			},
			want: []string{"panic: oh\n", "0 passed, 0 failed, 0 skipped\n"},
		},
		{
			name: "a package that does not build fails",
			in: []string{
				`{"ImportPath":"a","Action":"build-output","Output":"x.go:1: syntax error\n"}`,
				`{"ImportPath":"a","Action":"build-fail"}`,
			},
			want: []string{"x.go:1: syntax error\n"},
		},
		{
			name: "what is no event is passed on",
			in:   []string{`go: cannot find main module`},
			ok:   true,
			want: []string{"go: cannot find main module\n", "0 passed, 0 failed, 0 skipped\n"},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := run(strings.NewReader(strings.Join(tc.in, "\n")), &out)
			if err != nil || ok != tc.ok {
				t.Errorf("run = %v, %v, want %v, nil", ok, err, tc.ok)
			}
			for _, s := range tc.want {
				if !strings.Contains(out.String(), s) {
					t.Errorf("output lacks %q:\n%s", s, out.String())
				}
			}
			for _, s := range tc.absent {
				if strings.Contains(out.String(), s) {
					t.Errorf("output has %q:\n%s", s, out.String())
				}
			}
			if !strings.HasSuffix(strings.TrimSpace(out.String()), "skipped") {
				t.Errorf("the last line is not the count:\n%s", out.String())
			}
		})
	}
}
