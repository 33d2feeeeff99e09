"""Mutants of a pack: each rule changed a little, to see whether the pack's own cases notice."""
