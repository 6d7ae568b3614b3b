"""Which values of a record a case shows. A side learns of the other's pupil what makes the clash, and nothing more.

Addresses are never shown, not even where a probable match compared postcodes: its reasons say if they are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

LABELS = {
    "upn": "UPN",
    "status": "Enrolment status",
    "surname": "Surname",
    "forename": "Forename",
    "middle_names": "Middle names",
    "birth_date": "Date of birth",
    "sex": "Sex",
    "former_upn": "Former UPN",
    "former_surname": "Former surname",
    "funded_hours": "Funded hours",
    "extended_hours": "Extended hours",
    "expanded_hours": "Expanded hours",
}
WHO = ("surname", "forename", "birth_date")
OF_KIND = {
    "same-upn": ("upn", "status", *WHO),
    "same-person": ("upn", "status", "surname", "forename", "middle_names", "birth_date", "sex"),
    "under-fives": ("upn", "status", *WHO, "funded_hours", "extended_hours", "expanded_hours"),
    "probable": ("upn", "status", "surname", "forename", "middle_names", "birth_date", "sex"),
}
"""In the order of the page."""


def shown_of(kind: str, values: Mapping[str, str]) -> dict[str, str]:
    """Of all values of a record those that this kind of case shows, missing ones left out."""
    return {name: values[name] for name in OF_KIND[kind] if values.get(name)}


def names_in(values: Mapping[str, str]) -> str:
    """Who a record is, for lists: surname, forename."""
    return ", ".join(values[name] for name in ("surname", "forename") if values.get(name))
