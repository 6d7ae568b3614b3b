"""Finding people who are in several returns."""

from collectory.engine.matching.cases import Cases, together
from collectory.engine.matching.rows import match_rows, with_person
from collectory.engine.matching.same_person import same_person
from collectory.engine.matching.same_upn import same_upn
from collectory.engine.matching.under_fives import under_fives

__all__ = ["Cases", "match_rows", "same_person", "same_upn", "together", "under_fives", "with_person"]
