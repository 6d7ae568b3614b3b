"""The smallest blade that has every shape an XML document can take; for the tests of the reader."""

from __future__ import annotations

from collectory.blade import (
    Blade,
    Boolean,
    Code,
    CodeSet,
    Date,
    Edition,
    Entity,
    Field,
    Header,
    Integer,
    Text,
    group,
    repeated,
)

header = Entity("Header", "Header", [Field("Collection"), Field("Year"), group("Source", Field("Branch"))], many=False)
member = Entity(
    "Member",
    "People/Member",
    [
        group("Identity", Field("Number", Text(8)), Field("Surname", Text(35)), Field("Born", Date())),
        group("Standing", Field("Status", Code("Status")), Field("Active", Boolean())),
        repeated(3, Field("Interest", Text(20), group="Interests")),
    ],
    key=("Number",),
)
loan = Entity("Loan", "Loans/Loan", [Field("Book"), Field("Days", Integer(0, 999))], parent=member, key=("Book",))
visit = Entity("Visit", "Visit", [Field("Hours", Integer())], parent=member, many=False)
tag = Entity("Tag", "Tags/Tag", [Field("Tag", element=".")], parent=member)

blade = Blade(
    name="members",
    title="Members return",
    root="Return",
    header=Header("Header/Collection", "LIB", "Header/Year", source=("Header/Source/Branch",)),
    entities=(header, member, loan, visit, tag),
    codesets={"Status": CodeSet("Status", {"A": "Adult", "C": "Child"})},
    rules=(),
    typical=lambda edition: {},
)
edition = Edition(blade, "members-2021", "Members return 2021", "2021", "2021")
blade.add_editions(edition)
