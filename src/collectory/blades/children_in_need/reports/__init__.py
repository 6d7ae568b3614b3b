"""The reports that the old system offered for this collection, computed from the return.

Four of its eighteen are about errors and notes (error counts, error report, notes, submission continuity): those are
pages of the portal for every kind of collection. The others are here.
"""

from __future__ import annotations

from .activity import by_month, factors_found, referral_sources
from .plans_at_year_end import categories_at_year_end, categories_of_started_plans
from .plans_listed import more_than_one_plan, plans_of_two_years, reviewed_in_time
from .summary import key_indicators, summary
from .working_days import assessments_in_bands, assessments_listed, conferences_in_bands, transfers_in_bands

reports = (
    summary,
    key_indicators,
    by_month,
    referral_sources,
    assessments_in_bands,
    assessments_listed,
    factors_found,
    conferences_in_bands,
    transfers_in_bands,
    categories_at_year_end,
    categories_of_started_plans,
    plans_of_two_years,
    reviewed_in_time,
    more_than_one_plan,
)
