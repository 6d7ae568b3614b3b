"""Returns of the small blade with any values, for properties that must hold of all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from collectory.engine import Dataset
from tests.engine.small_blade import edition, small_return

AWKWARD = [
    "&amp;",
    "a & b < c > d",
    '"quoted"',
    "it's",
    "Zoë Ñandú 名前 🎒",
    "]]>",
    "&#13;",
    "line\nbreak",
    "tab\tbed",
    "return\rand\r\nmore",
    " ",
    "  led and trailed  ",
    "=1+1",
    "'=1",
    "''@x",
    "-5",
    "+44",
    "-",
    "@here",
    "\t=1",
    "x" * 5000,
    "007",
    "1e5",
    "true",
    "null",
    "NULL",
    "a,b;c",
    "\ufeffmark",
    "\x85next",
    "-1.5",
    "＝1",
]
ANYTHING = st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff").filter(
    lambda character: character >= " " or character in "\t\n\r"
)
values = st.none() | st.sampled_from(AWKWARD) | st.text(ANYTHING, min_size=1, max_size=30)


@st.composite
def returns(draw: st.DrawFn) -> Dataset:
    """A return with up to four readers and what lies below them, many values missing, many records empty."""
    heights = {"Header": 1}
    tables: dict[str, list[dict[str, Any]]] = {}
    for entity in edition.entities:
        if entity.name == "Header":
            continue
        most = 4 if entity.many else 1
        parents = range(heights[entity.parent.name]) if entity.parent else [None]
        rows = [
            {
                **({} if parent is None else {"_parent": parent}),
                **{field.name: draw(values) for field in entity.fields if draw(st.booleans())},
            }
            for parent in parents
            for _ in range(draw(st.integers(0, most)))
        ]
        heights[entity.name] = len(rows)
        if rows:
            tables[entity.name] = rows
    return small_return(**tables)
