"""SEN2: what every local authority in England returns each January about statements of special educational needs."""

from __future__ import annotations

from collectory.blade import Blade, CodeSet, Edition, Header, Section, rules_of

from . import rules
from .editions import editions
from .entities import entities
from .form import COLLECTION, form
from .reports import summary
from .sample import sample
from .typical import typical


def file_name(edition: Edition, source: str, serial: str) -> str:
    """The name that a file of an authority bears, such as 302_SEN2_302LL11_001.XML."""
    return f"{source}_{COLLECTION}_{source}LL{edition.year[2:]}_{serial}.XML"


blade = Blade(
    name="sen2",
    title="SEN2",
    root="Message",
    header=Header(
        collection="Header/CollectionDetails/Collection",
        collection_code=COLLECTION,
        year="Header/CollectionDetails/Year",
        source=("Header/Source/LEA",),
    ),
    entities=entities,
    codesets={
        "Collection": CodeSet("Collection", {COLLECTION: "Statements of special educational needs (SEN2)"}),
        "SourceLevel": CodeSet("SourceLevel", {"L": "Local authority"}),
    },
    rules=rules_of(rules),
    typical=typical,
    sections=(
        Section("File", ("Header",)),
        Section("LA level data", ("LALevel",)),
        Section("Part 1", ("Part1",)),
        Section("Part 2", ("Part2",)),
    ),
    sample=sample,
    file_name=file_name,
    form=form,
    reports=(summary,),
    help="How many children each local authority maintained a statement of special educational needs for, where they "
    "were placed, and what changed in the year before. One form each January, keyed or loaded from a file.",
)
blade.add_editions(*editions(blade))

__all__ = ["blade"]
