"""Forms as editions have them, the order of findings in a form, and the records that a form is never without."""

from __future__ import annotations

import dataclasses

import pytest

from collectory.blade import Edition, Form, Heading, Item, RunningTotal, Tab
from collectory.engine import Dataset, check, read_tables, read_xml
from tests.engine.form_blade import blade, form, new, old


def test_an_edition_has_its_own_lines_wording_and_parts() -> None:
    assert old.form is not None and new.form is not None
    assert [item.name for item in old.form.items] == ["1a Let", "1b Free", "1c All", "2 Rent", "Warden"]
    assert [item.name for item in new.form.items] == ["1a Let", "1b Free", "1w Waiting", "1c All", "2 Rent", "Warden"]
    assert (old.form.item("Plots", "Let").label, new.form.item("Plots", "Let").label) == (
        "let",
        "let to people of the town",
    )
    assert old.form.item("Plots", "Free").label == "Plots free", "the field's own label where the line has none"
    assert old.form.item("Plots", "All").total_of == ("Let", "Free")
    assert new.form.item("Plots", "All").total_of == ("Let", "Free", "Waiting")
    assert new.form.tabs[0].heading == "Plots in 2022"
    assert isinstance(new.form.tabs[0].lines[0], Heading) and "in 2022?" in new.form.tabs[0].lines[0].text
    assert new.form.tab_of("About", "Rent").key == "about" and new.form.tab("about").entities == ("About",)


def test_a_running_total_counts_what_is_there_and_fills_in_nothing() -> None:
    assert new.form is not None
    total = new.form.item("Plots", "All")
    assert total.running_total({"Let": "7", "Free": None, "Waiting": "x"}) == RunningTotal(7, 1, 3)
    assert total.running_total({"Let": "7", "Free": "1,000", "Waiting": "-2"}) == RunningTotal(7, 1, 3)
    assert total.running_total({"Let": "7", "Free": "3", "Waiting": "0", "All": "99"}) == RunningTotal(10, 3, 3)
    assert new.form.item("Plots", "Let").running_total({"Let": "7"}) is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((Item("Plots", "Let"), Item("Plots", "Let")), "twice"),
        ((Item("Plots", "Waiting"),), "has not"),
        ((Item("Nothing", "Let"),), "has not"),
        ((Item("Visit", "Day"),), "many records"),
    ],
)
def test_a_form_that_cannot_be_is_an_error_of_its_author(lines: tuple[Item, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Form((Tab("one", "One", lines),)).of(old)


def test_a_return_always_has_the_records_that_its_form_shows() -> None:
    empty = {"Header": 0, "Plots": 1, "About": 1, "Visit": 0}
    assert read_tables({}, old).records == empty
    head = "<Header><Collection>ALL</Collection><Year>2021</Year></Header>"
    for content in ("", "<Plots/>", "<Plots></Plots><About/>"):
        read = read_xml(f"<Allotments>{head}{content}</Allotments>".encode(), old)
        assert isinstance(read, Dataset) and read.records == {**empty, "Header": 1}
    read = read_xml(f"<Allotments>{head}<Plots><Let>3</Let></Plots></Allotments>".encode(), old)
    assert isinstance(read, Dataset) and read.tables["Plots"]["Let"].to_list() == ["3"]


def test_findings_follow_the_lines_of_the_form() -> None:
    found = check(read_tables({"About": [{"Rent": "much"}]}, old)).found
    assert found["message"].to_list()[:3] == ["Plots let is missing.", "Plots free is missing.", "1c All is wanted"]
    assert found["entity"].to_list() == ["Plots", "Plots", "Plots", "About"]
    backwards = dataclasses.replace(form.tabs[0], lines=form.tabs[0].lines[::-1])
    other = Edition(
        blade=dataclasses.replace(blade, form=Form((backwards,))), key="b", title="b", year="2021", when="1"
    )
    found = check(read_tables({}, other)).found
    assert found["message"].to_list() == ["1c All is wanted", "Plots free is missing.", "Plots let is missing."]
