"""Parameters of an edition in texts: `{edition.reference_date:day}`, `{edition.fsm_share:.0%}`."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectory.blade.edition import Edition

_PARAMETER = re.compile(r"\{edition\.([a-z_0-9]+)(?::([^}]*))?\}")


def filled(text: str, edition: Edition, *, to_format: bool = False) -> str:
    """A text with the parameters of an edition in it.

    Behind the colon stands `day` for a date as people write it (4 October 2021), else what Python's `format` takes.
    `to_format` doubles the braces of what is put in, for a text whose other braces are filled in later. Raises
    AttributeError for a parameter that the edition has not.
    """

    def value(found: re.Match[str]) -> str:
        written = _written(getattr(edition, found.group(1)), found.group(2) or "")
        return written.replace("{", "{{").replace("}", "}}") if to_format else written

    return _PARAMETER.sub(value, text)


def _written(value: object, form: str) -> str:
    if form == "day" and isinstance(value, dt.date):
        return f"{value.day} {value:%B %Y}"  # a day without a zero has no sign of its own on Windows
    return format(value, form)
