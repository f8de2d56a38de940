package testkit

import (
	"sync"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/params"
)

// verifiers shares caches between the chains of one test binary: a cache costs more than a short chain.
var verifiers struct {
	sync.Mutex
	byWork map[params.Work]*pow.LightVerifier
}

func verifierOf(net *params.Network, a *pow.Algorithm) *pow.LightVerifier {
	verifiers.Lock()
	defer verifiers.Unlock()
	if v := verifiers.byWork[net.Work]; v != nil {
		return v
	}
	if verifiers.byWork == nil {
		verifiers.byWork = make(map[params.Work]*pow.LightVerifier)
	}
	v := pow.NewLightVerifier(a)
	verifiers.byWork[net.Work] = v
	return v
}
