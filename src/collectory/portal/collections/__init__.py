"""Data collections that are running for real people."""
