"""Incidents and coverage to what became of each ask. Untested is an answer; asks are never averaged."""

from lightkeeper.ledger.answer import answer, headline

__all__ = ["answer", "headline"]
