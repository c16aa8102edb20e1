"""Events and documents to incidents: what belongs together, who saw it, and how far up the ladder that carries it."""

from lightkeeper.incidents.join import join

__all__ = ["join"]
