"""The collector's pages on many returns: work lists, and statistics of rules."""
