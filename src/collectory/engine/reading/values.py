"""The texts of the elements."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import unescape

import numpy as np

from collectory.engine.reading.tokens import Positions, Tags


@dataclass
class Values:
    """Where the texts of elements lie in the file.

    begin, length  position and bytes of each; the length of a rewritten one is that of its new text
    rewritten      texts that are written differently in XML than they are: (number, text, offset in `resolved`)
    """

    begin: Positions
    length: Positions
    rewritten: list[tuple[int, bytes, int]]
    resolved: bytes


PADDING = np.zeros(256, np.bool_)
PADDING[[ord(sign) for sign in " \t\r\n"]] = True
"""The bytes that XML takes for white space."""


def values_between(tags: Tags, tag: Positions, trimmed: bool = False) -> Values:
    """The texts between these opening tags and the tags that follow them; `trimmed`: without white space around."""
    begin = tags.end[tag] + 1
    following = np.minimum(tag + 1, len(tags.start) - 1)
    length = np.where(tags.opens[tag], tags.start[following] - begin, 0)
    if trimmed:
        _trim(tags, begin, length)
    special = tags.references
    if tags.returns:
        special = np.sort(np.concatenate((special, np.flatnonzero(tags.view == 13))))
    values = Values(begin, length, [], b"")
    if len(special) and len(begin):
        _rewrite(tags, values, special)
    return values


def _trim(tags: Tags, begin: Positions, length: Positions) -> None:
    """Move both ends of the texts inwards over white space. Few texts have any, and few of those have much."""
    there = np.flatnonzero(length > 0)
    left = there[PADDING[tags.view[begin[there]]]]
    while len(left):
        begin[left] += 1
        length[left] -= 1
        left = left[length[left] > 0]
        left = left[PADDING[tags.view[begin[left]]]]
    right = there[length[there] > 0]
    right = right[PADDING[tags.view[begin[right] + length[right] - 1]]]
    while len(right):
        length[right] -= 1
        right = right[length[right] > 0]
        right = right[PADDING[tags.view[begin[right] + length[right] - 1]]]


def _rewrite(tags: Tags, values: Values, special: Positions) -> None:
    begin, length = values.begin, values.length
    value = np.searchsorted(begin, special, side="right") - 1
    inside = (value >= 0) & (special < begin[value] + length[value])
    resolved = bytearray()
    for number in np.unique(value[inside]):
        start = int(begin[number])
        text = _plain_text(bytes(tags.view[start : start + int(length[number])]))
        values.rewritten.append((int(number), text, len(resolved)))
        length[number] = len(text)
        resolved += text
    values.resolved = bytes(resolved)


def _plain_text(text: bytes) -> bytes:
    """The text that is meant: references resolved, line ends as XML has them."""
    pieces = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode().split("&#")
    out = [pieces[0]]
    for piece in pieces[1:]:
        digits, rest = piece.split(";", 1)
        number = int(digits[1:], 16) if digits[:1] == "x" else int(digits)
        out.append("&amp;" if number == ord("&") else chr(number))
        out.append(rest)
    return unescape("".join(out), {"&apos;": "'", "&quot;": '"'}).encode()
