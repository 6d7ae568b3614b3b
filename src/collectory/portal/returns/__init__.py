"""Returns: what one source owes one data collection, and everything that happens to it."""
