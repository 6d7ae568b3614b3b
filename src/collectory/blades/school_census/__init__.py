"""The school census of England."""

from __future__ import annotations

from collections.abc import Mapping

from collectory.blade import Blade, Edition, Extract, Header

from .codesets import codesets
from .editions import TERMS, editions
from .entities import entities
from .lists import lists
from .matching import matching
from .nation import write_nation
from .rules import rules
from .sample import sample
from .sections import sections
from .typical import typical

FILE_TAGS = {"SPR": "SC1", "SUM": "SC2", "AUT": "SC3"}

# In spring and summer the extract calls two tables otherwise. The marks are columns that COLLECT filled for itself.
SHORT_NAMES = {"fsmperiodsonroll": "fsmperiod", "addressesonroll": "addresses"}
EXTRACT = Extract(
    first="schoolcensus",
    renamed={"SPR": SHORT_NAMES, "SUM": SHORT_NAMES},
    marks={
        "pupilonroll": ("moveoffrollflag", "missingaddress", "duplicatenotfunded"),
        "pupilnolongeronroll": ("moveonrollflag",),
    },
    implied={("Header", "CBDSLevel1"): "School", ("Header", "CBDSLevel2"): "Pupil"},
)


def file_name(edition: Edition, source: str, serial: str) -> str:
    """The name that a file of a source bears, such as 8554001_SC3_855LL21_001.XML."""
    return f"{source}_{FILE_TAGS[edition.term]}_{source[:3]}LL{edition.year[2:]}_{serial}.XML"


def register_key(source: str) -> Mapping[str, str]:
    """Which row of the national register (a download of Get Information about Schools) is a source's."""
    return {"LA (code)": source[:3], "EstablishmentNumber": source[3:]}


blade = Blade(
    name="school_census",
    title="School Census",
    root="Message",
    header=Header(
        collection="Header/CollectionDetails/Collection",
        collection_code="SC",
        year="Header/CollectionDetails/Year",
        term="Header/CollectionDetails/Term",
        source=("Header/Source/LEA", "Header/Source/Estab"),
    ),
    entities=entities,
    codesets=codesets,
    rules=rules,
    typical=typical,
    sections=sections,
    terms=TERMS,
    sample=sample,
    nation=write_nation,
    file_name=file_name,
    register_key=register_key,
    extract=EXTRACT,
    matching=matching,
    lists=lists,
    trims=True,
    in_register={
        "Header.URN": "URN",
        "School.SchoolName": "EstablishmentName",
        "School.PostCode": "Postcode",
    },
    help="What every state school in England returns three times a year about itself and its pupils.",
)
blade.add_editions(*editions(blade))

__all__ = ["blade"]
