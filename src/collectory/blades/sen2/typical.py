"""A return without a finding: round figures of an authority of ordinary size."""

from __future__ import annotations

from collections.abc import Mapping

from collectory.blade import Edition

from .lines import FIRST_PLACED, FIRST_STATEMENTS, PLACED, STATEMENTS, Line, Placements

SOURCE = "302"

SCHOOLS = {
    "eyedset": 10,
    "rpmain": 50,
    "sen": 40,
    "main": 480,
    "spec": 420,
    "nmspec": 30,
    "indspec": 60,
    "indoth": 20,
    "hosp": 5,
    "pru": 15,
    "acad": 40,
}
ELSEWHERE = {"excl": 4, "othla": 10, "home": 10, "await": 6}


def typical(edition: Edition) -> Mapping[str, Mapping[str, str]]:
    """For each entity of the edition, values as they are keyed."""
    return {
        "Header": {"Collection": "SEN2", "Year": edition.year, "SourceLevel": "L", "LEA": SOURCE},
        "LALevel": {
            "LACode": SOURCE,
            "CompletionTime": "12",
            "ContactForename": "Alex",
            "ContactSurname": "Example",
            "Telephone": "01632 960000",
            "Email": "sen.team@example.gov.uk",
        },
        "Part1": _text({**_ages(STATEMENTS, (50, 400, 550, 200)), **_placed(edition, "Part1", PLACED, 1)}),
        "Part2": _text(
            {
                **_ages(FIRST_STATEMENTS, (30, 60, 25, 5)),
                **_placed(edition, "Part2", FIRST_PLACED, 10),
                **{"Assnone": 5, "Tospec": 12, "Tomain": 3, "Dislea": 20, "Dismet": 10, "Disoth": 4, "Disleft": 60},
            }
        ),
    }


def _ages(lines: tuple[Line, ...], numbers: tuple[int, ...]) -> dict[str, int]:
    return dict(zip((line.field for line in lines), (*numbers, sum(numbers)), strict=True))


def _placed(edition: Edition, entity: str, asked: Placements, share: int) -> dict[str, int]:
    """One `share`th of the placements; the lines that only some editions have hold none."""
    prefix = asked.everyone.field[0]
    schools = {f"{prefix}{name}": number // share for name, number in SCHOOLS.items()}
    elsewhere = {f"{prefix}{name}": number // share for name, number in ELSEWHERE.items()}
    everyone = sum({**SCHOOLS, **ELSEWHERE}.values()) // share
    schools[f"{prefix}main"] += everyone - sum(schools.values()) - sum(elsewhere.values())
    more = [line.field for line in asked.schools if edition.entity(entity).has_field(line.field)]
    at_school = sum(schools.values())
    return {
        **dict.fromkeys(more, 0),
        **schools,
        **elsewhere,
        asked.at_school.field: at_school,
        asked.everyone.field: everyone,
    }


def _text(numbers: Mapping[str, int]) -> dict[str, str]:
    return {name: str(number) for name, number in numbers.items()}
