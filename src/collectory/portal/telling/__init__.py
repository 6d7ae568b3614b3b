"""Telling people what happens: in a list in the service, and by mail as each of them wishes."""
