"""Lightkeeper: from public measurements and documents to an answer to each ask of a #KeepItOn letter."""

__version__ = "0.1.0"
