"""Parley: what the news says about readiness for peace negotiations, with the sentences behind every number."""

__version__ = "0.1.0"
