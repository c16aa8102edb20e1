"""Observations + control → verdicts. Rules are data; the first match decides; all that fired are kept."""
