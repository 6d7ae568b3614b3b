"""What a document holds that its tables do not show."""

from __future__ import annotations

import numpy as np

from collectory.engine.dataset import Notice
from collectory.engine.reading.layout import KINDS, Layout
from collectory.engine.reading.place import Placed
from collectory.engine.reading.tokens import BLOCK, MASKS, Positions, Tags, Words, element_name

FIELD = KINDS["field"]
HIGH, NINETY_FIVE = np.uint64(0x8080808080808080), np.uint64(0x5F5F5F5F5F5F5F5F)
WIDE = 64
MOST = 50
"""Notices of one kind; a file with more different ones is not improved by a longer list."""


def notices_of(
    tags: Tags, layout: Layout, placed: Placed, data: bytes, repeated: list[Positions], stray: Positions
) -> list[Notice]:
    """One notice for each kind and element: unknown, misplaced and repeated elements, and text between elements.

    `repeated` and `stray` are the tags of elements of the last two kinds.
    """
    by_kind = {
        "unknown": _unknown(layout, placed),
        "misplaced": placed.misplaced,
        "repeated": np.sort(np.concatenate(repeated)) if repeated else np.zeros(0, np.int64),
        "text": np.sort(np.concatenate((stray, _text_without_field(tags, layout, placed, data)))),
    }
    found: list[Notice] = []
    for kind, elements in by_kind.items():
        if len(elements):
            found.extend(_grouped(kind, elements, tags, layout, placed, data))
    return found


def _unknown(layout: Layout, placed: Placed) -> Positions:
    """Unknown elements; of nested ones only the outermost.

    An unknown element around known ones is only a wrapper: what is known in it was loaded, and said to be misplaced
    where the blade is sure of its place.
    """
    holders, leaves = placed.holders, placed.leaves
    odd = holders.state >= layout.unknown
    odd_leaf = leaves.state >= layout.unknown
    if not odd.any() and not odd_leaf.any():
        return np.zeros(0, np.int64)
    wraps = np.zeros(len(odd), np.bool_)
    around = np.unique(np.concatenate((leaves.holder[~odd_leaf], holders.above[1:][~odd[1:]])))
    while len(around := around[odd[around]]):
        wraps[around] = True
        around = np.unique(holders.above[around])
    shows = ~odd | wraps  # elements in which an unknown one is worth a word of its own
    told_holders = np.flatnonzero(odd & ~wraps)
    told_holders = told_holders[shows[holders.above[told_holders]]]
    told_leaves = np.flatnonzero(odd_leaf)
    told_leaves = told_leaves[shows[leaves.holder[told_leaves]]]
    return np.sort(np.concatenate((holders.tag[told_holders], leaves.tag[told_leaves])))


def _text_without_field(tags: Tags, layout: Layout, placed: Placed, data: bytes) -> Positions:
    """Elements that should hold elements but hold text alone, and fields that hold elements."""
    leaves, holders = placed.leaves, placed.holders
    bare = np.flatnonzero(~layout.takes[leaves.state] & (leaves.state < layout.unknown))
    tag = leaves.tag[bare]
    begin, end = tags.end[tag] + 1, tags.start[np.minimum(tag + 1, len(tags.start) - 1)]
    text = np.array([bool(data[int(a) : int(b)].strip()) for a, b in zip(begin, end, strict=True)], np.bool_)
    return np.concatenate((tag[text & tags.opens[tag]], holders.tag[layout.kinds[holders.state] == FIELD]))


def stray_text(tags: Tags, placed: Placed) -> Positions:
    """Tags of elements that hold both elements and text other than white space."""
    leaf = np.zeros(len(tags.start), np.bool_)
    leaf[placed.leaves.tag] = True
    leaf &= tags.opens
    words = Words(tags.view)
    found: list[Positions] = []
    for begin in range(0, len(leaf) - 1, BLOCK):
        finish = min(begin + BLOCK, len(leaf) - 1)
        gap = tags.start[begin + 1 : finish + 1] - tags.end[begin:finish] - 1
        between = np.flatnonzero(~leaf[begin:finish] & (gap > 0))
        at, gap = tags.end[begin + between] + 1, gap[between]
        stray = np.zeros(len(between), np.bool_)
        for offset in range(0, int(gap.max(initial=0)), 8):
            word = words.at(at + offset) & MASKS[np.clip(gap - offset, 0, 8)]
            # A byte above 32 sets its high bit when 95 is added to its low seven bits, or has it set already.
            stray |= ((((word & ~HIGH) + NINETY_FIVE) | word) & HIGH) != 0
            if offset > WIDE and len(at) > 1:  # a few very wide gaps are not worth looking at all others for
                wide = np.flatnonzero(gap > offset + 8)
                stray[wide] |= [_holds_text(tags, int(a), int(g)) for a, g in zip(at[wide], gap[wide], strict=True)]
                break
        found.append(begin + between[stray])
    if not sum(map(len, found)):
        return np.zeros(0, np.int64)
    # The text stands behind a tag; the element is the last to have begun, which is near enough to find it.
    begun = np.maximum.accumulate(np.where(~tags.closes, np.arange(len(leaf)), 0))
    return np.unique(begun[np.concatenate(found)])


def _holds_text(tags: Tags, at: int, length: int) -> bool:
    return bool(bytes(tags.view[at : at + length]).strip(b" \t\r\n"))


def _grouped(kind: str, elements: Positions, tags: Tags, layout: Layout, placed: Placed, data: bytes) -> list[Notice]:
    holders, leaves = placed.holders, placed.leaves
    holder = np.searchsorted(holders.tag, elements)
    is_holder = holders.tag[np.minimum(holder, len(holders.tag) - 1)] == elements
    leaf = np.searchsorted(leaves.tag, elements)
    around = np.where(
        is_holder,
        holders.above[np.minimum(holder, len(holders.tag) - 1)],
        leaves.holder[np.minimum(leaf, max(len(leaves.tag) - 1, 0))] if len(leaves.tag) else -1,
    )
    state = np.where(around >= 0, holders.state[around], 0).astype(np.uint64)
    groups = (tags.digest[elements] ^ (state * np.uint64(0x9E3779B97F4A7C15))).astype(np.uint64)
    _, first, counts = np.unique(groups, return_index=True, return_counts=True)
    found = []
    for at, count in sorted(zip(first.tolist(), counts.tolist(), strict=True))[:MOST]:
        tag = int(elements[at])
        owner = int(layout.owners[int(state[at])])
        found.append(
            Notice(
                kind,
                _path(tags, placed, tag, int(around[at])),
                int(count),
                data.count(b"\n", 0, int(tags.start[tag])) + 1,
                layout.entities[owner].name if owner >= 0 else None,
            )
        )
    return found


def _path(tags: Tags, placed: Placed, tag: int, holder: int) -> str:
    """The names of the elements from the one below the root to this one."""
    names = [element_name(tags, tag)[:60]]
    while holder > 0:
        names.append(element_name(tags, int(placed.holders.tag[holder]))[:60])
        holder = int(placed.holders.above[holder])
    return "/".join(reversed(names))
