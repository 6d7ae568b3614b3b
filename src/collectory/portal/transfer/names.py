"""Whether a file is what its name says, and whether the name is the one that its file type wants."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

from collectory.engine import Refusal
from collectory.portal.transfer.models import Delivery

LONGEST = 200
WRONG_NAME = "wrong-name"

# What files begin with, and what people call such a file.
BEGINNINGS = [
    (b"PK\x03\x04", "zip", "a zip archive (Excel and Word files are such too)"),
    (b"PK\x05\x06", "zip", "an empty zip archive"),
    (b"%PDF", "pdf", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "old office", "an old Excel or Word file, or one with a password"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "a 7-Zip archive"),
    (b"Rar!", "rar", "a RAR archive"),
    (b"\x1f\x8b", "gz", "a gzip archive"),
    (b"MZ", "program", "a program"),
    (b"\x7fELF", "program", "a program"),
]
ZIPPED = {".zip", ".xlsx", ".docx", ".xlsm", ".ods"}
TEXT = {".csv", ".txt", ".xml"}


def cleaned(name: str) -> str:
    """A file's name without folders and without what no name should hold."""
    name = PureWindowsPath(PurePosixPath(name).name).name
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    if len(name) > LONGEST:
        stem, dot, ending = name.rpartition(".")
        name = stem[: LONGEST - len(ending) - 1] + dot + ending if dot and len(ending) < 10 else name[:LONGEST]
    return name or "file"


def kind_of(start: bytes) -> tuple[str, str]:
    """What a file is by how it begins: a short kind, and the words for people; "" for what is not known."""
    for beginning, kind, words in BEGINNINGS:
        if start.startswith(beginning):
            return kind, words
    text = start[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "html", "a web page, such as a sign-in page that was saved in the place of the file"
    if text.startswith(b"<"):
        return "xml", "an XML file"
    if start and b"\0" not in start[:4096]:
        return "text", "a text file"
    return "", "a file of another kind"


def problem_with_content(name: str, size: int, start: bytes) -> Refusal | None:
    """Why a file is not what its name says, or None."""
    if size == 0:
        return Refusal("empty", "The file is empty", f"{name} has no content.", "Make the file again and send that.")
    ending = PurePosixPath(name).suffix.lower()
    kind, words = kind_of(start)
    wanted = (
        {"zip"} if ending in ZIPPED else {"text", "xml"} if ending in TEXT else {"pdf"} if ending == ".pdf" else None
    )
    # A text that is written in two bytes for each letter has zeros in it, and says so at its beginning.
    if ending in TEXT and start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    if kind == "program" or (wanted is not None and kind not in wanted):
        return Refusal(
            "not-what-it-says",
            "The file is not what its name says",
            f"{name} ends in {ending or 'nothing'}, but what is in it is {words}.",
            "Look at the file, export it again if need be, and send the right one. Renaming does not change what a "
            "file is.",
        )
    return None


def problem_with_name(delivery: Delivery, name: str) -> Refusal | None:
    """Why a file has not the name that is wanted, or None. With the code WRONG_NAME the right name is offered."""
    right = delivery.right_name
    if not right or name.casefold() == right.casefold():
        return None
    endings = PurePosixPath(right).suffix.lower(), PurePosixPath(name).suffix.lower()
    if endings[0] != endings[1]:
        return Refusal(
            "wrong-kind",
            "The file is of another kind",
            f"{name} ends in {endings[1] or 'nothing'}. A {delivery.file_type.name} ends in {endings[0]}.",
            f"Send the file that is called {right}, or can be.",
        )
    number = re.match(r"(\d{3}[ _/-]?\d{4})(?!\d)", name)
    own = delivery.organisation.native_id
    if number and (other := re.sub(r"\D", "", number[1])) != own:
        return Refusal(
            "another-school",
            "The file seems to be another school's",
            f"Its name begins with {other}. You are sending for {delivery.organisation.name}, which is {own}.",
            f"Choose the file of {own}. If only the name is wrong, rename the file to {right} and send it again.",
        )
    if "current-blade-export" in name.casefold():
        said = f"{name} is what COLLECT calls an export. It does not say whose it is."
    else:
        said = f"The file is called {name}."
    return Refusal(
        WRONG_NAME,
        "The file needs another name",
        f"{said} The team needs it under the name {right}.",
        f"Send it as {right}, if it is the export of {delivery.organisation.name}.",
    )
