"""Which edition a file is of, from its header."""

from __future__ import annotations

import re
from collections.abc import Iterable

from collectory.blade import Blade, Edition
from collectory.engine.reading.plain import SAVE_AGAIN
from collectory.engine.refusal import FileRefused, Refusal

HEADER_BYTES = 1 << 16
TEXT = re.compile(rb"\s*([^<]{0,100}?)\s*</")


def recognise(data: bytes, edition: Edition | None, candidates: Iterable[Blade]) -> Edition:
    """The edition of a plain document.

    Looks only at the first 64 KB, where the header stands, so that a file of another collection is refused
    without being read. With `edition`, the file must be of it. Raises FileRefused.
    """
    head = data[:HEADER_BYTES]
    return edition_stated([(blade, *_stated(head, blade)) for blade in candidates], edition)


def edition_stated(headers: Iterable[tuple[Blade, str, str, str]], edition: Edition | None) -> Edition:
    """The edition that a header states.

    `headers` are the blades that may be meant, each with the collection, year and term that stand where its
    header has them ("" where nothing does). Raises FileRefused as `recognise` does.
    """
    headers = list(headers)
    candidates = [each[0] for each in headers]
    stated = [each for each in headers if each[1]]
    if not stated:
        raise FileRefused(_no_header())
    matching = [each for each in stated if each[1] == each[0].header.collection_code]
    if not matching:
        collection = stated[0][1]
        if edition is not None:
            raise FileRefused(
                _wrong(
                    "wrong-collection",
                    "collection",
                    f"Its header says that it is for the collection {collection}",
                    f"this is the {edition.blade.title} ({edition.blade.header.collection_code})",
                )
            )
        known = ", ".join(sorted(f"{b.header.collection_code} ({b.title})" for b in candidates))
        raise FileRefused(
            Refusal(
                "unknown-collection",
                "The file is for a collection that is not known here",
                f"Its header says {collection}; known are {known}.",
                "Check that you chose the right file.",
            )
        )
    blade, _, year, term = matching[0]
    if edition is None:
        found = blade.edition_for(year, term)
        if found is None:
            known = ", ".join(each.title for each in blade.editions)
            raise FileRefused(
                Refusal(
                    "wrong-year",
                    "The file is of a year or term that is not known here",
                    f"Its header says {_time(blade, year, term)}; known are {known}.",
                    "Check that you chose the right file.",
                )
            )
        return found
    if year != edition.year:
        raise FileRefused(
            _wrong(
                "wrong-year",
                "year",
                f"Its header says {_time(blade, year, term)}",
                f"this is {edition.title}",
            )
        )
    if edition.term and term != edition.term:
        raise FileRefused(
            _wrong(
                "wrong-term",
                "term",
                f"Its header says {_time(blade, year, term)}",
                f"this is {edition.title}",
            )
        )
    return edition


def refusal_of_source(found: str, expected: str) -> Refusal:
    """The refusal of a file of another school or authority."""
    says = f"Its header says that it is from {found}" if found else "Its header does not say whose it is"
    return Refusal(
        "wrong-source",
        "The file is from another organisation",
        f"{says}; this is the return of {expected}.",
        "Choose your own file. If the number in your own system is wrong, correct it there and make the file again.",
    )


def _stated(head: bytes, blade: Blade) -> tuple[str, str, str]:
    header = blade.header
    return (
        _value(head, header.collection),
        _value(head, header.year) if header.year else "",
        _value(head, header.term) if header.term else "",
    )


def _value(head: bytes, path: str) -> str:
    """The first value of an element in the head of a document; "" where there is none."""
    at = 0
    for name in path.split("/"):
        found = re.compile(rb"<(?:[\w.\-]+:)?" + name.encode() + rb"(?:\s[^<>]*)?>").search(head, at)
        if not found:
            return ""
        at = found.end()
    text = TEXT.match(head, at)
    return text.group(1).decode("utf-8", "replace") if text else ""


def _time(blade: Blade, year: str, term: str) -> str:
    return " ".join(part for part in (blade.terms.get(term, term) if term else "", year) if part) or "no year"


def _wrong(code: str, what: str, found: str, expected: str) -> Refusal:
    return Refusal(
        code,
        f"The file is for another {what}",
        f"{found}; {expected}.",
        "Choose the file for this collection, or open the collection that the file is for.",
    )


def _no_header() -> Refusal:
    return Refusal(
        "no-header",
        "The file does not say which collection it is for",
        "Its header is missing or incomplete: a return states the collection, year and term at its beginning.",
        SAVE_AGAIN,
    )
