"""Probable matches of a data collection: pupils alike but for a slip, scored by Splink away from requests.

    models       runs, matches, and what was decided about thresholds
    services     running (count, confirm, compare, call off, take up again), keeping (results), deciding, upkeep
    reports      who sees which matches, and what of them
    waterfall    how a score comes about, as a picture

A match keeps the ids of its two rows, its score and why; no value of a pupil. When a row goes, so does what can be
shown.
"""
