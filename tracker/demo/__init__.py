"""The fictional conflict of the project's own samples, served and replayed."""
