"""The tags of an XML document as arrays.

Census files are plain: elements and text, no attributes, comments or declarations, hundreds of thousands of
short values. For such a document the tags can be found, named and paired with a few operations over the
whole file, which costs less than building a tree of it. Whatever is not that plain raises NotPlain; the
caller then has lxml read the document and write it plainly, or say what is wrong with it. This module
therefore must accept nothing that lxml refuses: names, nesting, characters and references are all checked.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

DECLARATION = re.compile(
    rb"<\?xml[ \t\r\n]+version=(?:\"1\.0\"|'1\.0')"
    rb"(?:[ \t\r\n]+encoding=(?:\"(?i:utf-8|us-ascii)\"|'(?i:utf-8|us-ascii)'))?"
    rb"(?:[ \t\r\n]+standalone=(?:\"(?:yes|no)\"|'(?:yes|no)'))?[ \t\r\n]*\?>"
)
NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_.\-]*\Z")
REFERENCE = re.compile(rb"&(?:amp|lt|gt|apos|quot|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
LESS, GREATER, SLASH, AMPERSAND, EXCLAMATION, QUESTION = b"<>/&!?"
LINE_FEED = 10
DEEPEST = 64
LONGEST_NAME = 200
SLOT_BITS = 14
BLOCK = 1 << 15
"""Tags that are worked on together, so that what is worked out in between stays in the processor's cache."""
MASKS = np.array([(1 << (8 * n)) - 1 for n in range(8)] + [(1 << 64) - 1], np.uint64)
"""Which bits of a word are its first n bytes."""

Positions = NDArray[np.int64]


class NotPlain(Exception):
    """The document is not of the plain form, or not well-formed; the message says where it showed."""


@dataclass
class Tags:
    """The tags of a plain document.

    view     the bytes of the document
    start    position of each tag's "<";  end: of its ">"
    name     number of the name in the table given (0: not in it), for each tag
    digest   a 64-bit digest of the name, for each tag
    opens    whether it is an opening tag; closes: a closing one; neither: an element without content
    references  positions of "&";  returns: whether there are carriage returns
    """

    view: NDArray[np.uint8]
    start: Positions
    end: Positions
    name: NDArray[np.int32]
    digest: NDArray[np.uint64]
    opens: NDArray[np.bool_]
    closes: NDArray[np.bool_]
    references: Positions
    returns: bool


class Words:
    """The eight bytes from any position on, as numbers; what lies behind the end counts as zero. No copy is made."""

    def __init__(self, view: NDArray[np.uint8]) -> None:
        self.last = len(view) - 8
        if self.last < 0:
            raise NotPlain("the document is too short to be one")
        self.words = np.ndarray((self.last + 1,), np.dtype("<u8"), view.data, strides=(1,))

    def at(self, position: Positions) -> NDArray[np.uint64]:
        """The words at these positions, of which the last is the greatest."""
        if not len(position) or int(position[-1]) <= self.last:
            return self.words[position]
        over = np.maximum(position - self.last, 0)
        word = self.words[np.minimum(position, self.last)] >> (np.minimum(over, 7) * 8).astype(np.uint64)
        return np.where(over < 8, word, np.uint64(0))


def tokenise(data: bytes, known: Names) -> Tags:
    """Find the tags. Raises NotPlain."""
    body = _check_text(data)
    view = np.frombuffer(data, np.uint8)
    start, end = _positions(view, LESS), _positions(view, GREATER)
    start, end = start[np.searchsorted(start, body) :], end[np.searchsorted(end, body) :]
    count = len(start)
    if count == 0 or len(end) != count:
        raise NotPlain("the angle brackets do not pair")
    if not (start < end).all() or not (end[:-1] < start[1:]).all():
        raise NotPlain("the angle brackets do not pair")
    if data[body : int(start[0])].strip() or data[int(end[-1]) + 1 :].strip():
        raise NotPlain("there is text outside of the document")
    tags = Tags(
        view,
        start,
        end,
        name=np.empty(count, np.int32),
        digest=np.empty(count, np.uint64),
        opens=np.empty(count, np.bool_),
        closes=np.empty(count, np.bool_),
        references=_positions(view, AMPERSAND) if b"&" in data else np.zeros(0, np.int64),
        returns=b"\r" in data,
    )
    words = Words(view)
    for at in range(0, count, BLOCK):
        _look_at(tags, words, slice(at, at + BLOCK), known)
    _check_references(data, tags.references)
    return tags


def _look_at(tags: Tags, words: Words, block: slice, known: Names) -> None:
    """Find out what a block of tags are: opening or closing, and of which name. Raises NotPlain."""
    view, start, end = tags.view, tags.start[block], tags.end[block]
    second = view[start + 1]
    if (second == EXCLAMATION).any() or (second == QUESTION).any():
        raise NotPlain("there are declarations, comments, sections or instructions")
    closes, empty = second == SLASH, view[end - 1] == SLASH
    if (closes & empty).any():
        raise NotPlain("a tag both opens and closes")
    begin = start + 1 + closes
    length = end - empty - begin
    if int(length.min()) < 1 or int(length.max()) > LONGEST_NAME:
        raise NotPlain("a tag has no name or one that is too long")
    digest = _digests(words, begin, length)
    name = known.numbers(digest)
    _check_names(view, begin, length, digest, name)
    tags.digest[block], tags.name[block] = digest, name
    tags.closes[block], tags.opens[block] = closes, ~closes & ~empty


def _positions(view: NDArray[np.uint8], byte: int) -> Positions:
    """Where a byte stands."""
    size = 1 << 20
    found = [np.flatnonzero(view[at : at + size] == byte) + at for at in range(0, len(view), size)]
    return np.concatenate(found)


def _check_text(data: bytes) -> int:
    """Check encoding and characters; gives the position behind the XML declaration."""
    if data.startswith(codecs.BOM_UTF8):
        raise NotPlain("there is a byte order mark")
    found = DECLARATION.match(data)
    if found is None and data[:5] == b"<?xml":
        raise NotPlain("the declaration is unusual")
    body = found.end() if found else 0
    if not data.isascii():
        whole = [None, pa.py_buffer(np.array([0, len(data)], np.int64)), pa.py_buffer(data)]
        try:
            pa.Array.from_buffers(pa.large_string(), 1, whole).validate(full=True)
        except pa.ArrowInvalid:
            raise NotPlain("the text is not UTF-8") from None
        if b"\xef" in data and (b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data):
            raise NotPlain("a character is not allowed in XML")
    _check_controls(data)
    return body


def _check_controls(data: bytes) -> None:
    """Refuse control characters other than tab, line feed and carriage return."""
    view = np.frombuffer(data, np.uint8)
    others = 0
    for at in range(0, len(view), 1 << 18):
        block = view[at : at + (1 << 18)]
        others += int(np.count_nonzero(block < 32)) - int(np.count_nonzero(block == LINE_FEED))
    if others and others != data.count(b"\t") + data.count(b"\r"):
        raise NotPlain("a control character is not allowed in XML")


def _digests(words: Words, start: Positions, length: Positions) -> NDArray[np.uint64]:
    """A digest of each name: eight bytes at a time, so that most names take two or three rounds."""
    prime = np.uint64(0x9E3779B97F4A7C15)
    digest = (words.at(start) & MASKS[np.minimum(length, 8)]) * prime
    chosen = np.flatnonzero(length > 8)
    done = 8
    while len(chosen):
        left = length[chosen] - done
        word = words.at(start[chosen] + done) & MASKS[np.minimum(left, 8)]
        digest[chosen] = (digest[chosen] ^ (digest[chosen] >> np.uint64(29)) ^ word) * prime
        done += 8
        chosen = chosen[left > 8]
    return digest ^ (length.astype(np.uint64) << np.uint64(56))


class Names:
    """A table in which every known name has a slot of its own, so that looking one up is one step."""

    def __init__(self, names: dict[str, int]) -> None:
        texts = [name.encode() for name in names]
        lengths = np.array([len(text) for text in texts], np.int64)
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.int64)
        wanted = _digests(Words(np.frombuffer(b"".join(texts).ljust(8), np.uint8)), starts, lengths)
        for turn in range(1, 200):
            self.factor = np.uint64(0x9E3779B97F4A7C15 * (2 * turn + 1) % (1 << 64))
            slot = self._slots(wanted)
            if len(np.unique(slot)) == len(slot):
                break
        else:
            raise NotPlain("the names cannot be told apart")
        self.digest = np.zeros(1 << SLOT_BITS, np.uint64)
        self.number = np.zeros(1 << SLOT_BITS, np.int32)
        self.digest[slot], self.number[slot] = wanted, np.array(list(names.values()), np.int32)

    def numbers(self, digest: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The number of each name that stands in the table, 0 for the others."""
        slot = self._slots(digest)
        return np.where(self.digest[slot] == digest, self.number[slot], 0).astype(np.int32)

    def _slots(self, digest: NDArray[np.uint64]) -> NDArray[np.int64]:
        return ((digest * self.factor) >> np.uint64(64 - SLOT_BITS)).astype(np.int64)


def _check_names(
    view: NDArray[np.uint8],
    start: Positions,
    length: Positions,
    digest: NDArray[np.uint64],
    name: NDArray[np.int32],
) -> None:
    unknown = np.flatnonzero(name == 0)
    if not len(unknown):
        return
    _, first = np.unique(digest[unknown], return_index=True)
    for tag in unknown[first]:
        if not NAME.match(bytes(view[start[tag] : start[tag] + length[tag]])):
            raise NotPlain("a tag has attributes, a prefix or a name that is not plain")


def _check_references(data: bytes, references: Positions) -> None:
    for at in references:
        found = REFERENCE.match(data, int(at))
        if not found:
            raise NotPlain("a reference is not one of XML's own")
        if found.group()[1:2] == b"#" and not _allowed(found.group()):
            raise NotPlain("a reference is to a character that XML does not allow")


def _allowed(reference: bytes) -> bool:
    digits = reference[2:-1]
    number = int(digits[1:], 16) if digits[:1] == b"x" else int(digits)
    return (
        number in (9, 10, 13)
        or 0x20 <= number <= 0xD7FF
        or 0xE000 <= number <= 0xFFFD
        or (0x10000 <= number <= 0x10FFFF)
    )


def element_name(tags: Tags, tag: int) -> str:
    """The name of a tag as text."""
    start = int(tags.start[tag]) + (2 if tags.closes[tag] else 1)
    end = int(tags.end[tag])
    if tags.view[end - 1] == SLASH:
        end -= 1
    return bytes(tags.view[start:end]).decode()
