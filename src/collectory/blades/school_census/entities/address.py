"""Addresses: a postcode, and one of two forms."""

from __future__ import annotations

import polars as pl

from collectory.blade import Edition, Field, Integer, Record, Text
from collectory.blade.entities import Required

from .terms import since

POSTCODE_FORM = r"^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}$"


def where_given(record: Record, edition: Edition) -> pl.Expr:
    """An address that holds anything needs its postcode; one that is wholly empty is rule 2355Q's business."""
    return record.has_group("BS7666Address") | record.has_group("LineAddressFormat")


def postcode(cbds: str, table: str, *, label: str = "Postcode", required: Required = False, rule: str = "") -> Field:
    """A postcode; small letters and a missing space are let through."""
    return Field(
        "PostCode",
        Text(longest=8, form=POSTCODE_FORM, form_in_words="a UK postcode such as LE1 6TP"),
        label,
        required=required,
        rule=rule,
        cbds=cbds,
        extract=f"{table}.postcode",
    )


def bs7666_parts(table: str) -> tuple[Field, ...]:
    """The parts of an address in the national standard, from the dwelling to the post town."""
    return tuple(
        Field(name, Text(), label, extract=f"{table}.{name.lower()}", certainty="B")
        for name, label in (
            ("SAON", "Flat or unit"),
            ("PAON", "House number or name"),
            ("Street", "Street"),
            ("Locality", "Locality"),
            ("Town", "Town"),
            ("AdministrativeArea", "Administrative area"),
            ("PostTown", "Post town"),
        )
    )


def lines(first_cbds: int, table: str) -> tuple[Field, ...]:
    """Five lines of an address."""
    return tuple(
        Field(
            f"AddressLine{number}",
            Text(longest=40),
            f"Address line {number}",
            cbds=str(first_cbds + number - 1),
            extract=f"{table}.addressline{number}",
        )
        for number in range(1, 6)
    )


def property_number(table: str) -> Field:
    """The national number of a property."""
    return Field(
        "UniquePropertyReferenceNumber",
        Integer(1, 999_999_999_999),
        "Unique property reference number (UPRN)",
        rule="5155",
        extract=f"{table}.uniquepropertyreferencenumber",
        when=since("2016-3"),
        certainty="C",
        help="The number that Ordnance Survey gives to every address.",
    )
