"""Where heavy coding runs: in this process, or in local worker processes."""
