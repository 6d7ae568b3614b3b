"""Planted duplicates by another hand: made without the sample generator and the nation of the blade, so that matching
is held to data that its authors did not have in mind."""

from bench.strangers.country import Country, Planted, make

__all__ = ["Country", "Planted", "make"]
