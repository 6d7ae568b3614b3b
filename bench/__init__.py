"""Benchmarks: each compares with a rival or a physical limit in the same run and prints the ratio."""
