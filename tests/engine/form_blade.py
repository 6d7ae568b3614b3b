"""A made-up collection that is keyed: what a town's allotments grow."""

from __future__ import annotations

from collectory.blade import (
    Blade,
    Decimal,
    Edition,
    Entity,
    Field,
    Form,
    Header,
    Heading,
    Integer,
    Item,
    Tab,
    Text,
    When,
)

header = Entity("Header", "Header", [Field("Collection"), Field("Year"), Field("Town")], many=False)
plots = Entity(
    "Plots",
    "Plots",
    [
        Field("Let", Integer(0, 9_999), "Plots let", required=True),
        Field("Free", Integer(0, 9_999), "Plots free", required=True),
        Field("Waiting", Integer(0, 9_999), "Plots waited for", when=When(since="2022")),
        Field("All", Integer(0, 9_999), "All plots", required=True, required_message="1c All is wanted"),
    ],
    many=False,
)
about = Entity("About", "About", [Field("Rent", Decimal(2), "Rent"), Field("Warden", Text(longest=20))], many=False)
visits = Entity("Visit", "Visit", [Field("Day")])

form = Form(
    (
        Tab(
            "plots",
            "Plots",
            (
                Heading("How many plots are there in {edition.year}?", "1"),
                Item("Plots", "Let", "1a", "let", "a.", when=When(until="2021")),
                Item("Plots", "Let", "1a", "let to people of the town", "a.", when=When(since="2022")),
                Item("Plots", "Free", "1b", mark="b."),
                Item("Plots", "Waiting", "1w", when=When(since="2022")),
                Item("Plots", "All", "1c", total_of=("Let", "Free", "Waiting"), same_as=("Let",)),
            ),
            "Plots in {edition.year}",
        ),
        Tab(
            "about",
            "About you",
            (Item("About", "Rent", "2"), Item("About", "Warden", hint="Forename and surname.")),
        ),
    ),
    given=lambda edition, source: {"Header": {"Collection": "ALL", "Year": edition.year, "Town": source}},
)

blade = Blade(
    name="allotments",
    title="Allotments",
    root="Allotments",
    header=Header("Header/Collection", "ALL", year="Header/Year", source=("Header/Town",)),
    entities=(header, plots, about, visits),
    codesets={},
    rules=(),
    typical=lambda edition: {},
    form=form,
)
old = Edition(blade=blade, key="allotments-2021", title="Allotments 2021", year="2021", when="2021")
new = Edition(blade=blade, key="allotments-2022", title="Allotments 2022", year="2022", when="2022")
blade.add_editions(old, new)
