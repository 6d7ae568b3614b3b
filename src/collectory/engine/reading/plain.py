"""A document that any reader can read, written plainly; and what is wrong with one that none can."""

from __future__ import annotations

import re

from lxml import etree

from collectory.engine.refusal import FileRefused, Refusal

SAVE_AGAIN = "Make the file again in your own system and upload it as it is, without opening it in another program."
LINE = re.compile(r"line (\d+)")


def plain_form(data: bytes) -> bytes:
    """The same document in UTF-8 without declarations, comments, attributes and prefixes.

    Attributes and prefixes carry nothing in the collections; they are left out. Raises FileRefused where the
    document is not well-formed, declares a document type, or is nested too deeply.
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise FileRefused(hostile())
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as problem:
        raise FileRefused(_malformed(data, str(problem))) from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise FileRefused(hostile())
    for element in root.iter():
        if not isinstance(element.tag, str):
            raise FileRefused(hostile())
        if "}" in element.tag:
            element.tag = element.tag.rsplit("}", 1)[1]
        if element.attrib:
            element.attrib.clear()
    etree.cleanup_namespaces(root)
    return bytes(etree.tostring(root, method="c14n"))


def hostile() -> Refusal:
    """The refusal of a file with a document type or entities of its own."""
    return Refusal(
        "hostile",
        "The file contains a document type declaration",
        "Returns never contain DOCTYPE or ENTITY declarations, and files with them can do harm, "
        "so this one was not read.",
        SAVE_AGAIN,
    )


def _malformed(data: bytes, problem: str) -> Refusal:
    line = LINE.search(problem)
    where = f" at line {line.group(1)}" if line else ""
    if "depth" in problem.lower():
        return Refusal(
            "too-deep",
            "The file is nested too deeply",
            f"Elements lie inside each other more deeply than in any return{where}.",
            SAVE_AGAIN,
        )
    if "DTD" in problem or "Entity" in problem or "entity" in problem:
        return Refusal(
            "malformed",
            "The file is not sound XML",
            f"It uses a reference that is not defined{where}. A bare & must be written &amp; in XML.",
            SAVE_AGAIN,
        )
    if "Extra content" in problem:
        return Refusal(
            "malformed",
            "The file goes on behind its end",
            f"Something stands behind the end of the outermost element{where}, as if two files had been joined.",
            SAVE_AGAIN,
        )
    if "encod" in problem.lower() or "UTF-8" in problem or "invalid Char" in problem or "Invalid bytes" in problem:
        return Refusal(
            "malformed",
            "The file has a character that XML does not allow",
            f"A character cannot be read{where}: the text is not in the encoding that the file states, or a control "
            "character is in it.",
            SAVE_AGAIN,
        )
    ending = data.rstrip()[-200:]
    if not ending.endswith(b">") or "Premature end" in problem or "EndTag" in problem:
        return Refusal(
            "malformed",
            "The file is cut off",
            f"The XML ends before its elements are closed{where}, so part of the return is missing. "
            "This happens when a download or a copy is interrupted.",
            SAVE_AGAIN,
        )
    return Refusal(
        "malformed",
        "The file is not sound XML",
        f"The file breaks the rules of XML{where}: an element is not closed, is closed twice, or a character "
        "is not allowed.",
        SAVE_AGAIN,
    )
