"""Which element lies in which, and which place of the layout each one has, for all elements at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collectory.engine.reading.layout import KINDS, ROOT, Layout
from collectory.engine.reading.tokens import DEEPEST, NotPlain, Positions, Tags, element_name

RECORD = KINDS["record"]


class TooDeep(Exception):
    """Elements lie inside each other more deeply than any return's."""


@dataclass
class Holders:
    """The elements that hold others, in document order; the first is the root.

    tag     number of the opening tag;  state: place in the layout
    above   number (among the holders) of the one around each; -1 for the root
    record  number of the record that each is or lies in; -1 where there is none
    """

    tag: Positions
    state: NDArray[np.int32]
    above: Positions
    record: Positions


@dataclass
class Leaves:
    """The elements that hold text or nothing, in document order; `holder` is the number of the one around."""

    tag: Positions
    state: NDArray[np.int32]
    holder: Positions


@dataclass
class Placed:
    """All elements in their places, and the tags of those that stand in unexpected ones."""

    holders: Holders
    leaves: Leaves
    misplaced: Positions


def place(tags: Tags, layout: Layout) -> Placed:
    """Pair the tags and walk the layout. Raises NotPlain and TooDeep."""
    if element_name(tags, 0) != layout.root:
        raise NotPlain("the root is another")
    leaf = np.zeros(len(tags.start), np.bool_)
    leaf[:-1] = tags.opens[:-1] & tags.closes[1:]
    pairs = np.flatnonzero(leaf)
    if not (tags.digest[pairs] == tags.digest[pairs + 1]).all():
        raise NotPlain("an element is closed under another name")
    structural = ~leaf & (tags.opens | tags.closes)
    structural[1:] &= ~leaf[:-1]
    around = np.flatnonzero(structural)
    leaf |= ~tags.opens & ~tags.closes
    leaf_tags = np.flatnonzero(leaf)
    if not len(around):
        if len(leaf_tags) != 1:
            raise NotPlain("there is more than one root")
        return _only_a_root()
    opens = tags.opens[around]
    first, second, level = _pairs(tags, around, opens)
    if around[0] != 0 or around[-1] != len(tags.start) - 1:
        raise NotPlain("there is more than one root")

    number = np.cumsum(opens) - 1  # of the holder that a structural tag opens
    holders = Holders(
        tag=around[opens],
        state=np.zeros(len(first), np.int32),
        above=np.full(len(first), -1, np.int64),
        record=np.full(len(first), -1, np.int64),
    )
    bounds = np.searchsorted(level, np.arange(1, int(level[-1]) + 2))
    odd: list[Positions] = []
    for deep in range(1, len(bounds) - 1):
        here = first[bounds[deep] : bounds[deep + 1]]
        outer = first[bounds[deep - 1] : bounds[deep]]
        mine = number[here]
        above = number[outer[np.searchsorted(outer, here) - 1]]
        holders.above[mine] = above
        state = _step(layout, holders.state[above], tags.name[around[here]], around[here], odd)
        holders.state[mine] = state
        holders.record[mine] = np.where(layout.kinds[state] == RECORD, mine, holders.record[above])

    behind = np.empty(len(around), np.int64)  # the holder that is open behind a structural tag
    behind[first] = number[first]
    behind[second] = holders.above[number[first]]
    holder = behind[np.cumsum(structural, dtype=np.int32)[leaf_tags] - 1]
    state = _step(layout, holders.state[holder], tags.name[leaf_tags], leaf_tags, odd)
    misplaced = np.sort(np.concatenate(odd)) if odd else np.zeros(0, np.int64)
    return Placed(holders, Leaves(leaf_tags, state, holder), misplaced)


def _pairs(tags: Tags, around: Positions, opens: NDArray[np.bool_]) -> tuple[Positions, Positions, NDArray[np.int32]]:
    """Positions (in `around`) of opening and closing tags that belong together, by level, and the level of each."""
    depth = np.cumsum(np.where(opens, 1, -1), dtype=np.int32)
    if int(depth[-1]) != 0 or int(depth.min()) < 0:
        raise NotPlain("elements are not all closed")
    if len(depth) > 1 and int(depth[:-1].min()) < 1:
        raise NotPlain("there is more than one root")
    level = depth + ~opens
    if int(level.max()) > DEEPEST:
        raise TooDeep
    order = np.argsort(level.astype(np.uint8), kind="stable")
    first, second = order[0::2], order[1::2]
    if len(first) != len(second) or not (opens[first] & ~opens[second]).all():
        raise NotPlain("elements are not all closed")
    if not (tags.digest[around[first]] == tags.digest[around[second]]).all():
        raise NotPlain("an element is closed under another name")
    return first, second, level[first]


def _step(
    layout: Layout,
    state: NDArray[np.int32],
    name: NDArray[np.int32],
    tag: Positions,
    odd: list[Positions],
) -> NDArray[np.int32]:
    """The states of elements by those around them and their names; misplaced ones are added to `odd`."""
    states, names = layout.step.shape
    following = layout.step.ravel()[state * np.int32(names) + name]
    if int(following.max(initial=0)) >= states:
        misplaced = following >= states
        odd.append(tag[misplaced])
        following = np.where(misplaced, following - states, following)
    narrow: NDArray[np.int32] = following.astype(np.int32)
    return narrow


def _only_a_root() -> Placed:
    none = np.zeros(0, np.int64)
    root = Holders(
        np.zeros(1, np.int64), np.full(1, ROOT, np.int32), np.full(1, -1, np.int64), np.full(1, -1, np.int64)
    )
    return Placed(root, Leaves(none, np.zeros(0, np.int32), none), none)
