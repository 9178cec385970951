"""The log: append and read, nothing else."""
