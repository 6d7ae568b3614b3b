"""Reading a return from XML."""

from __future__ import annotations

import re
from collections.abc import Iterable

from collectory.blade import Blade, Edition
from collectory.engine.dataset import Dataset, completed
from collectory.engine.reading.layout import layout_of
from collectory.engine.reading.place import TooDeep
from collectory.engine.reading.plain import SAVE_AGAIN, plain_form
from collectory.engine.reading.recognise import recognise, refusal_of_source
from collectory.engine.reading.tabulate import tabulate
from collectory.engine.reading.tokens import NotPlain, tokenise
from collectory.engine.refusal import FileRefused, Refusal
from collectory.engine.registry import blades

LARGEST = (1 << 31) - 64
"""Bytes; positions in the file are kept in 31 bits."""

ROOT_ELEMENT = re.compile(rb"<\s*(?:[A-Za-z_][\w.\-]*:)?([A-Za-z_][\w.\-]*)")


def read_xml(data: bytes, edition: Edition | None = None, source: str | None = None) -> Dataset | Refusal:
    """Read a return.

    `edition` is what the file must be of; without one it is found from the file's header. `source` is the
    native ID that the file must be from. Gives the data set, or why the file is refused.
    """
    try:
        return _read(data, edition, source)
    except FileRefused as refused:
        return refused.refusal


def _read(data: bytes, edition: Edition | None, source: str | None) -> Dataset:
    _refuse_other_files(data)
    found = ROOT_ELEMENT.search(data, _after_prolog(data))
    root = found.group(1).decode() if found else ""
    candidates = [edition.blade] if edition else list(blades().values())
    if not any(blade.root == root for blade in candidates):
        data = plain_form(data)  # refuses what is not sound, and undoes other encodings
        found = ROOT_ELEMENT.match(data)
        root = found.group(1).decode() if found else ""
        if not any(blade.root == root for blade in candidates):
            raise FileRefused(_wrong_root(root, candidates))
    try:
        return _tabulated(data, edition, candidates, source)
    except NotPlain:
        data = plain_form(data)
    except TooDeep:
        raise FileRefused(_too_deep()) from None
    try:
        return _tabulated(data, edition, candidates, source)
    except (NotPlain, TooDeep):
        raise FileRefused(_too_deep()) from None


def _tabulated(data: bytes, edition: Edition | None, candidates: Iterable[Blade], source: str | None) -> Dataset:
    try:
        edition = recognise(data, edition, candidates)
    except FileRefused:
        plain_form(data)  # a file that is cut off or hostile is refused for that first
        raise
    layout = layout_of(edition)
    tables, notices = tabulate(tokenise(data, layout.known), layout, data)
    dataset = Dataset(edition, completed(edition, tables), tuple(notices))
    if source is not None and dataset.source != source:
        raise FileRefused(refusal_of_source(dataset.source, source))
    return dataset


def _after_prolog(data: bytes) -> int:
    """Where to look for the root element: behind a declaration, if there is one."""
    start = data.find(b"?>", 0, 400)
    return start + 2 if start >= 0 and data[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") else 0


def _refuse_other_files(data: bytes) -> None:
    """Refuse, in words, what is plainly no XML."""
    nothing = b"\0 \t\r\n\xef\xbb\xbf"
    if not data[:4096].strip(nothing) and not data.strip(nothing):
        raise FileRefused(Refusal("empty", "The file is empty", "There is nothing in the file.", SAVE_AGAIN))
    if len(data) > LARGEST:
        raise FileRefused(
            Refusal("too-large", "The file is too large", "It is over 2 GB, larger than any return.", SAVE_AGAIN)
        )
    start = data[:8]
    for signature, code, what in SIGNATURES:
        if start.startswith(signature):
            raise FileRefused(
                Refusal(
                    code,
                    f"The file is {what}, not the XML file of a return",
                    f"The file begins as {what} does. A return is loaded from the XML file that your own system makes.",
                    "Unpack it, or look for the file whose name ends in .XML, and upload that."
                    if code == "zip"
                    else "Look for the file whose name ends in .XML, and upload that.",
                )
            )
    head = data[:4096]
    if re.match(rb"[\xef\xbb\xbf\s]*<(!doctype\s+html|html)\b", head, re.IGNORECASE):
        raise FileRefused(
            Refusal(
                "not-xml",
                "The file is a web page, not the XML file of a return",
                "A page was saved instead of the file, as happens when a download asks for signing in.",
                "Make the file in your own system, or download it again, and upload the file whose name ends in .XML.",
            )
        )
    utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:4] in (b"<\0?\0", b"\0<\0?")
    if not utf16 and not head.lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"<"):
        raise FileRefused(
            Refusal(
                "not-xml",
                "The file is not XML",
                "A return's file begins with <?xml or <Message>; this one begins with something else, as a text or "
                "CSV file would.",
                "Look for the file whose name ends in .XML, and upload that.",
            )
        )


SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "zip", "a zip archive or an Excel workbook"),
    (b"PK\x05\x06", "zip", "an empty zip archive"),
    (b"\x1f\x8b", "zip", "a gzip archive"),
    (b"7z\xbc\xaf", "zip", "a 7-Zip archive"),
    (b"Rar!", "zip", "a RAR archive"),
    (b"%PDF", "not-xml", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "not-xml", "an old Word or Excel document"),
    (b"\x89PNG", "not-xml", "a picture"),
    (b"\xff\xd8\xff", "not-xml", "a picture"),
    (b"{\\rtf", "not-xml", "a word processor's document"),
    (b"MZ", "not-xml", "a program"),
)


def _wrong_root(root: str, candidates: Iterable[Blade]) -> Refusal:
    expected = " or ".join(sorted({f"<{blade.root}>" for blade in candidates}))
    return Refusal(
        "wrong-root",
        "The file is XML, but not a return",
        f"Its outermost element is <{root[:60]}>; a return's is {expected}.",
        "Check that you chose the file of the return and not another export.",
    )


def _too_deep() -> Refusal:
    return Refusal(
        "too-deep",
        "The file is nested too deeply",
        "Elements lie inside each other more deeply than in any return.",
        SAVE_AGAIN,
    )
