"""Made-up homes in a county like Leicestershire.

The postcodes have the form of real ones, in districts that do not exist, so that no one's home is meant.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import Ints, numbers, stream, words

VILLAGES = (
    "Thurnaston", "Wistow Magna", "Kilworth Heath", "Quenby Cross", "Burrowthorpe", "Swithby", "Oadwell", "Sileford",
    "Mountsoar", "Braunwick", "Evington Lea", "Groby Hollow", "Cropwell Parva", "Hathernby", "Enderthorpe",
    "Foxbury", "Tugthorpe", "Stoke Aldous", "Ashby Fields", "King's Norby", "Bishop's Langton", "Newtown Harvey",
)  # fmt: skip
POST_TOWNS = (
    "Leicester",
    "Loughborough",
    "Melton Mowbray",
    "Market Harborough",
    "Hinckley",
    "Coalville",
    "Lutterworth",
)
STREETS = (
    "Church", "Station", "Main", "High", "Mill", "Park", "Victoria", "Albert", "Queen's", "King's", "St Mary's",
    "Leicester", "Melton", "Chapel", "School", "Manor", "Grange", "Meadow", "Orchard", "Beech", "Chestnut", "Willow",
    "Fosse", "Soar", "Wolds", "Charnwood", "Bradgate", "Rutland", "Nelson", "Wellington", "Poplar", "Hawthorn",
)  # fmt: skip
KINDS = ("Road", "Street", "Lane", "Close", "Avenue", "Drive", "Way", "Crescent", "Gardens", "Court")
HOUSES = ("The Old Forge", "Rose Cottage", "Orchard House", "Hill Farm", "The Gables", "Ivy Dene", "Lodge Farm")
COUNTY = "Leicestershire"
INWARD = "ABDEFGHJLNPQRSTUWXYZ"
FIRST_DISTRICT, LAST_DISTRICT = 20, 39


def addresses(seed: int, home: Ints) -> pl.DataFrame:
    """The address of each pupil: a postcode and one of the two forms. Pupils of one home have one address."""
    homes = int(home.max()) + 1 if len(home) else 0
    lots = stream(seed, "places")
    frame = pl.DataFrame(
        {
            "village": words(VILLAGES, lots.integers(0, len(VILLAGES), homes)),
            "town": words(POST_TOWNS, lots.integers(0, len(POST_TOWNS), homes)),
            "street": words(STREETS, lots.integers(0, len(STREETS), homes)),
            "kind": words(KINDS, lots.integers(0, len(KINDS), homes)),
            "house": words(HOUSES, lots.integers(0, len(HOUSES), homes)),
            "number": numbers(1 + (lots.random(homes) ** 2 * 180).astype(np.int64)),
            "flat": numbers(lots.integers(1, 25, homes)),
            "uprn": numbers(100_030_000_000 + lots.permutation(max(homes * 7, 1))[:homes]),
            "district": numbers(lots.integers(FIRST_DISTRICT, LAST_DISTRICT + 1, homes)),
            "sector": numbers(lots.integers(1, 10, homes)),
            "one": words(INWARD, lots.integers(0, len(INWARD), homes)),
            "two": words(INWARD, lots.integers(0, len(INWARD), homes)),
            "standard": lots.random(homes) < 0.4,
            "in_flat": lots.random(homes) < 0.08,
            "named": lots.random(homes) < 0.04,
            "has_uprn": lots.random(homes) < 0.6,
        }
    ).with_columns(
        road=pl.concat_str("street", "kind", separator=" "),
        dwelling=pl.when("named").then("house").otherwise("number"),
        unit=pl.when(pl.col("in_flat") & ~pl.col("named")).then(pl.concat_str(pl.lit("Flat "), "flat")),
        post_code=pl.concat_str(pl.lit("LE"), "district", pl.lit(" "), "sector", "one", "two"),
    )
    unit_in_line = pl.when(pl.col("unit").is_null()).then(pl.lit("")).otherwise(pl.concat_str("unit", pl.lit(", ")))
    separator = pl.when("named").then(pl.lit(", ")).otherwise(pl.lit(" "))
    standard, lines = pl.col("standard"), ~pl.col("standard")
    return frame.select(
        pl.col("post_code").alias("PostCode"),
        pl.when(standard).then("unit").alias("SAON"),
        pl.when(standard).then("dwelling").alias("PAON"),
        pl.when(standard).then("road").alias("Street"),
        pl.when(standard).then("village").alias("Locality"),
        pl.when(standard).then("town").alias("Town"),
        pl.when(standard).then(pl.lit(COUNTY)).alias("AdministrativeArea"),
        pl.when(standard).then(pl.col("town").str.to_uppercase()).alias("PostTown"),
        pl.when(lines).then(pl.concat_str(unit_in_line, "dwelling", separator, "road")).alias("AddressLine1"),
        pl.when(lines).then("village").alias("AddressLine2"),
        pl.when(lines).then("town").alias("AddressLine3"),
        pl.when(lines).then(pl.lit(COUNTY)).alias("AddressLine4"),
        pl.when("has_uprn").then("uprn").alias("UniquePropertyReferenceNumber"),
    )[home]
