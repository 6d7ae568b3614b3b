"""Small census files for tests of the portal, built from the blade's own typical records."""

from __future__ import annotations

from lxml import etree

import collectory
from collectory.blade import Entity

EDITION = "school-census-2021-autumn"
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def upn(number: int, native_id: str = "8554001") -> str:
    """A unique pupil number with the right check letter."""
    digits = f"{native_id}{10 + number // 1000:02d}{number % 1000:03d}"
    return LETTERS[sum(int(digit) * weight for weight, digit in enumerate(digits, start=2)) % 23] + digits


def uln(number: int) -> str:
    """A unique learner number with the right check digit; numbers that can have none are stepped over."""
    for first in range(1_000_000 + number * 7, 9_999_999):
        digits = f"{first:09d}"
        digits = "1" + digits[1:]
        remainder = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if remainder:
            return f"{digits}{10 - remainder}"
    raise ValueError("no such number")


def _put(parent: etree._Element, path: str, value: str) -> None:
    *above, last = path.split("/")
    for name in above:
        existing = parent.findall(name)
        parent = existing[-1] if existing else etree.SubElement(parent, name)
    etree.SubElement(parent, last).text = value


def _fill(element: etree._Element, entity: Entity, values: dict[str, str]) -> None:
    for field in entity.fields:
        if value := values.get(field.name):
            _put(element, field.path, value)


def census(
    pupils: int = 3,
    *,
    native_id: str = "8554001",
    header: dict[str, str] | None = None,
    pupil: dict[str, str] | None = None,
) -> bytes:
    """A census file; `header` and `pupil` override values of the header and of every pupil."""
    edition = collectory.edition(EDITION)
    typical = edition.blade.typical(edition)
    root = etree.Element("Message")
    own = {"LEA": native_id[:3], "Estab": native_id[3:]}
    for name, more in [("Header", {**own, **(header or {})}), ("School", {})]:
        entity = edition.entity(name)
        _fill(etree.SubElement(root, entity.path), entity, {**typical[name], **more})
    on_roll = edition.entity("PupilOnRoll")
    above, _, last = on_roll.path.rpartition("/")
    holder = root
    for name in above.split("/"):
        holder = etree.SubElement(holder, name)
    for number in range(1, pupils + 1):
        names = {"UPN": upn(number, native_id), "UniqueLearnerNumber": uln(number), "Surname": f"Made{number:05d}"}
        year = 7 + number % 7  # every year group of a secondary school, each pupil of the age that goes with it
        ages = {"NCyearActual": str(year), "DOB": f"{2017 - year}-03-15"}
        each = {**typical["PupilOnRoll"], **names, **ages}
        _fill(etree.SubElement(holder, last), on_roll, {**each, **(pupil or {})})
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
