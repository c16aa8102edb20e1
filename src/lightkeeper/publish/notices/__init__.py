"""Notices: what was told, as messages to people and machines, and the ways they go."""
