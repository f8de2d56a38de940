// Package e2e drives the program from outside, as processes, with the clients that other people use.
//
// The clients are npm packages, pinned in js/package-lock.json; `npm ci` in js installs them. Without Node, or without the packages, the
// tests skip, unless GERO_E2E is "required", as .ci/run sets it. Each client has a program in js whose checks appear as subtests; cast is
// a program of its own and is called from Go.
package e2e
