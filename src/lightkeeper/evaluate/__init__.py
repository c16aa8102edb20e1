"""How well detection works: truths, detectors, scores. Synthetic truth is called synthetic, wherever it stands."""
