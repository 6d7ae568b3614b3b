"""Children in Need: what every local authority in England returns each year about the children it serves."""

from __future__ import annotations

from importlib.resources import files

from collectory.blade import Blade, Edition, Header, Section, read_codesets

from .editions import editions
from .entities import entities
from .reports import reports
from .rules import rules
from .sample import sample
from .typical import typical

COLLECTION = "CIN"


def file_name(edition: Edition, source: str, serial: str) -> str:
    """The name that a file of an authority bears, such as 302_CIN_302LL25_001.XML."""
    return f"{source}_{COLLECTION}_{source}LL{edition.year[2:]}_{serial}.XML"


blade = Blade(
    name="children_in_need",
    title="Children in Need",
    root="Message",
    header=Header(
        collection="Header/CollectionDetails/Collection",
        collection_code=COLLECTION,
        year="Header/CollectionDetails/Year",
        source=("Header/Source/LEA",),
    ),
    entities=entities,
    codesets=read_codesets(files(__package__) / "codesets.csv"),
    rules=rules,
    typical=typical,
    sections=(
        Section("File", ("Header",)),
        Section("Children", ("ChildIdentifiers", "ChildCharacteristics", "Disabilities")),
        Section(
            "Episodes",
            (
                "CINdetails",
                "Assessments",
                "AssessmentFactorsList",
                "CINplanDates",
                "Section47",
                "ChildProtectionPlans",
                "Reviews",
            ),
        ),
    ),
    sample=sample,
    reports=reports,
    file_name=file_name,
    help="Every child referred to children's social care or in need of help in the year to 31 March: referrals, "
    "assessments, plans, enquiries and conferences. One file of each local authority a year.",
)
blade.add_editions(*editions(blade))

__all__ = ["blade"]
