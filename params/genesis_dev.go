package params

// devNotes lists the notes of the dev genesis, owned by the accounts of DevMnemonic.
func devNotes() []GenesisNote { return nil }
