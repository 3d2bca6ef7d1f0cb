"""Makes the joint model of letters and phonemes that words are read with."""
