"""Disposable tables made from the log."""
