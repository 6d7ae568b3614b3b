"""What goes wrong where one child is written down twice: each makes the second record of the first, or says that it
cannot (None)."""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from bench.strangers.people import NICKNAMES, Births, Child

Slip = Callable[[Child, Births], Child | None]
LETTERS = "abcdefghijklmnoprstuvwyz"


def _typed(text: str, how: str, lots: random.Random) -> str | None:
    """One slip of the keys, not in the first letter."""
    if len(text) < 4:
        return None
    at = lots.randrange(1, len(text) - 1)
    made = {
        "insert": text[:at] + lots.choice(LETTERS) + text[at:],
        "delete": text[:at] + text[at + 1 :],
        "substitute": text[:at] + lots.choice(LETTERS) + text[at + 1 :],
        "transpose": text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        "double": text[:at] + text[at] + text[at:],
        "first-letter": lots.choice(LETTERS).upper() + text[1:],
    }[how]
    return made if _bare(made) != _bare(text) else None


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in letters if each.isalpha())


def typed(name: str, how: str) -> Slip:
    """A slip in the forename or the surname."""

    def slip(child: Child, births: Births) -> Child | None:
        made = _typed(getattr(child, name), how, births.lots)
        return replace(child, **{name: made}) if made else None

    return slip


def two_slips(one: str, other: str) -> Slip:
    """Two slips of the keys, in one name or in both."""

    def slip(child: Child, births: Births) -> Child | None:
        if len(child.forename or "") < 6 or len(child.surname or "") < 6:
            return None
        first = typed(one, "substitute")(child, births)
        return first and typed(other, "delete")(first, births)

    return slip


def swapped(child: Child, births: Births) -> Child | None:
    """The names in each other's place."""
    return replace(child, forename=child.surname, surname=child.forename)


def initial(child: Child, births: Births) -> Child | None:
    """The first letter for the forename."""
    return replace(child, forename=(child.forename or "")[:1])


def nickname(child: Child, births: Births) -> Child | None:
    """What the child is called at home."""
    known = NICKNAMES.get(child.forename or "")
    return replace(child, forename=known) if known else None


def _dated(child: Child, born: str) -> Child | None:
    try:
        dt.date.fromisoformat(born)
    except ValueError:
        return None
    return replace(child, born=born) if born != child.born else None


def day_and_month(child: Child, births: Births) -> Child | None:
    """Day and month exchanged."""
    year, month, day = (child.born or "").split("-")
    return _dated(child, f"{year}-{day}-{month}")


def digit_of_day(child: Child, births: Births) -> Child | None:
    """The last digit of the day."""
    born = child.born or ""
    return _dated(child, born[:-1] + births.lots.choice("0123456789"))


def digit_of_month(child: Child, births: Births) -> Child | None:
    """The last digit of the month."""
    born = child.born or ""
    return _dated(child, born[:6] + births.lots.choice("123456789") + born[7:])


def next_day(child: Child, births: Births) -> Child | None:
    """A day out, where that changes both digits too."""
    return _dated(child, (dt.date.fromisoformat(child.born or "") + dt.timedelta(days=1)).isoformat())


def digits_of_day(child: Child, births: Births) -> Child | None:
    """The digits of the day exchanged."""
    born = child.born or ""
    return _dated(child, born[:-2] + born[-1] + born[-2])


def year(child: Child, births: Births) -> Child | None:
    """The year before or after."""
    born = child.born or ""
    return _dated(child, f"{int(born[:4]) + births.lots.choice([-1, 1])}{born[4:]}")


def hyphen_to_space(child: Child, births: Births) -> Child | None:
    """A double name without its hyphen."""
    for name in ("surname", "forename"):
        if "-" in getattr(child, name):
            return replace(child, **{name: getattr(child, name).replace("-", " ")})
    return None


def joined(child: Child, births: Births) -> Child | None:
    """A double name in one word."""
    for name in ("surname", "forename"):
        if "-" in getattr(child, name) or " " in getattr(child, name):
            return replace(child, **{name: getattr(child, name).replace("-", "").replace(" ", "").capitalize()})
    return None


def half(which: int, name: str = "surname") -> Slip:
    """One half of a double name."""

    def slip(child: Child, births: Births) -> Child | None:
        parts = getattr(child, name).split("-")
        return replace(child, **{name: parts[which]}) if len(parts) == 2 and len(parts[which]) > 2 else None

    return slip


def accents(child: Child, births: Births) -> Child | None:
    """Letters of plain English."""
    table = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "đ": "d"})

    def plain(text: str | None) -> str | None:
        letters = unicodedata.normalize("NFD", (text or "").translate(table))
        return "".join(each for each in letters if not unicodedata.combining(each)) or None

    made = replace(child, forename=plain(child.forename), surname=plain(child.surname))
    return made if (made.forename, made.surname) != (child.forename, child.surname) else None


def apostrophe(child: Child, births: Births) -> Child | None:
    """No apostrophe, or a curly one."""
    if "'" not in (child.surname or ""):
        return None
    return replace(child, surname=(child.surname or "").replace("'", births.lots.choice(["", " ", "’"])))


def former_upn(then: Slip | None) -> Slip:
    """A new number with the old one as former, and another slip, so that it is no exact case."""

    def slip(child: Child, births: Births) -> Child | None:
        made = then(child, births) if then else child
        return made and replace(made, former_upn=child.upn)

    return slip


def other_name(child: Child, births: Births) -> Child | None:
    """A new surname, and nothing said of the old one."""
    return replace(child, surname=births.surname([child.surname]))


def former_surname(child: Child, births: Births) -> Child | None:
    """A new surname and the old one as former."""
    return replace(child, surname=births.surname([child.surname]), former_surname=child.surname)


def adopted(child: Child, births: Births) -> Child | None:
    """New names and home, known by the former UPN alone."""
    return replace(
        child,
        surname=births.surname([child.surname]),
        forename=births.forename(child.sex or "F", [child.forename]),
        postcode=births.postcode(),
        former_upn=child.upn,
    )


def both(one: Slip, other: Slip) -> Slip:
    """Two things at once."""

    def slip(child: Child, births: Births) -> Child | None:
        first = one(child, births)
        return first and other(first, births)

    return slip


def moved(child: Child, births: Births) -> Child | None:
    """Another home."""
    return replace(child, postcode=births.postcode())


def without(name: str) -> Slip:
    """Something left out."""
    return lambda child, births: replace(child, **{name: None})


def other_sex(child: Child, births: Births) -> Child | None:
    """The wrong sex ticked."""
    return replace(child, sex="M" if child.sex == "F" else "F")


def by_middle_name(child: Child, births: Births) -> Child | None:
    """Called by the middle name at one school."""
    return replace(child, forename=child.middle, middle=child.forename) if child.middle else None


HOWS = ("insert", "delete", "substitute", "transpose", "double", "first-letter")
SLIPS: dict[str, Slip] = {
    **{f"{how} {name}": typed(name, how) for how in HOWS for name in ("forename", "surname")},
    "two slips in both names": two_slips("forename", "surname"),
    "two slips in the surname": two_slips("surname", "surname"),
    "swapped": swapped,
    "initial": initial,
    "nickname": nickname,
    "by middle name": by_middle_name,
    "day and month": day_and_month,
    "digit of day": digit_of_day,
    "digit of month": digit_of_month,
    "digits of day": digits_of_day,
    "next day": next_day,
    "year": year,
    "hyphen to space": hyphen_to_space,
    "joined": joined,
    "first half": half(0),
    "second half": half(1),
    "half of forename": half(0, "forename"),
    "accents": accents,
    "apostrophe": apostrophe,
    "former surname": former_surname,
    "new surname, same home": other_name,
    "former UPN and slip": former_upn(typed("surname", "substitute")),
    "former UPN and new surname": former_upn(other_name),
    "former UPN and other date": former_upn(year),
    "former UPN, new names": adopted,
    "slip and moved": both(typed("surname", "substitute"), moved),
    "slip, no postcode": both(typed("forename", "delete"), without("postcode")),
    "slip, no sex": both(typed("forename", "transpose"), without("sex")),
    "slip, other sex": both(typed("surname", "transpose"), other_sex),
    "slip, no middle name": both(typed("surname", "insert"), without("middle")),
    "slip and digit of day": both(typed("surname", "delete"), digit_of_day),
    "swapped and moved": both(swapped, moved),
    "swapped, day and month": both(swapped, day_and_month),
    "initial and moved": both(initial, moved),
    "day and month, moved": both(day_and_month, moved),
    "year and moved": both(year, moved),
    "no birth date": without("born"),
}
