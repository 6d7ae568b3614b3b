"""Children and their characteristics."""

from __future__ import annotations

import numpy as np

from collectory.blade import Edition

from .columns import PARENT, Columns, Flags, Numbers, Texts, chosen, days

LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))
ETHNICITIES = {
    "WBRI": 66,
    "WOTH": 6,
    "MWBC": 4,
    "MOTH": 3,
    "BAFR": 5,
    "BCRB": 3,
    "APKN": 4,
    "ABAN": 2,
    "AIND": 2,
    "OOTH": 3,
    "NOBT": 2,
}
DISABILITIES = {
    "LD": 30,
    "AUT": 25,
    "BEH": 12,
    "COMM": 10,
    "MOB": 8,
    "PC": 5,
    "HEAR": 3,
    "VIS": 3,
    "CON": 2,
    "INC": 1,
    "HAND": 1,
}
SURE = ("LD", "AUT", "BEH", "COMM", "MOB", "PC", "HEAR", "VIS", "CON")
"""Disabilities that occur in any return, at least once: even a small authority knows most of them."""


def people(
    edition: Edition, count: int, draws: np.random.Generator, source: str, referred: Numbers, unborn: Flags
) -> dict[str, Columns]:
    """The tables of children, their characteristics and disabilities.

    referred  the day of each child's first referral
    unborn    which of the children are not born yet
    """
    born = -draws.integers(800, 17 * 365, size=count)
    baby = draws.random(count) < 0.08
    born[baby] = referred[baby] - draws.integers(5, 300, size=int(baby.sum()))
    last = (edition.reference_date - edition.period_from).days
    expected = last + draws.integers(10, 150, size=count)
    at_school = ~unborn & (days(edition, born).astype(str) <= edition.school_age_born_by.isoformat())
    with_upn = at_school & (draws.random(count) < 0.98)
    reason = np.where(at_school, "UN3", "UN1").astype(object)
    reason[with_upn] = None
    girl = draws.random(count) < 0.48
    identifiers: Columns = {
        "LAchildID": np.array([f"C{number:06}" for number in draws.permutation(count) + 100_000], object),
        "UPN": _upns(draws, source, with_upn),
        "UPNunknown": reason,
        "PersonBirthDate": days(edition, born, ~unborn),
        "ExpectedPersonBirthDate": days(edition, expected, unborn),
        "Sex": np.where(unborn, "U", np.where(girl, "F", "M")).astype(object),
        "GenderCurrent": np.where(unborn, "0", np.where(girl, "2", "1")).astype(object),
    }
    ethnicity = chosen(draws, count, tuple(ETHNICITIES), tuple(ETHNICITIES.values()))
    return {
        "ChildIdentifiers": identifiers,
        "ChildCharacteristics": {PARENT: np.arange(count), "Ethnicity": ethnicity},
        "Disabilities": _disabilities(count, draws),
    }


def _upns(draws: np.random.Generator, source: str, there: Flags) -> Texts:
    serial = draws.permutation(len(there)) + int(draws.integers(0, 10_000_000))
    digits = np.array([[int(digit) for digit in f"{source}{number:09}"] for number in serial])
    letters = LETTERS[(digits * np.arange(2, 14)).sum(axis=1) % 23]
    texts = np.array([f"{letter}{source}{number:09}" for letter, number in zip(letters, serial, strict=True)], object)
    texts[~there] = None
    return texts


def _disabilities(count: int, draws: np.random.Generator) -> Columns:
    codes = tuple(DISABILITIES)
    disabled = draws.random(count) < 0.13
    first = chosen(draws, count, codes, tuple(DISABILITIES.values()))
    second = chosen(draws, count, codes, tuple(DISABILITIES.values()))
    several = disabled & (draws.random(count) < 0.3) & (first != second)
    wanted: list[list[str]] = [
        ([one] if has else ["NONE"]) + ([two] if more else [])
        for one, two, has, more in zip(first, second, disabled, several, strict=True)
    ]
    some = min(count, len(SURE) - 1)
    for child in range(some):
        wanted[child] = list(SURE[child::some])
    parents = np.repeat(np.arange(count), [len(each) for each in wanted])
    return {PARENT: parents, "Disability": np.array([code for each in wanted for code in each], object)}
