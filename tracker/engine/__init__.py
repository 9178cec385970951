"""Where heavy coding runs."""
