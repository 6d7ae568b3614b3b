"""A made-up nation: councils, schools with a register, a return of each, last term's returns, known duplicates."""

from .writing import Nation, write_nation

__all__ = ["Nation", "write_nation"]
