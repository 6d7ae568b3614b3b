"""SEN2's sums and comparisons, and that every way in gives the same return."""

from __future__ import annotations

import json

import pytest

from collectory.blade import Edition
from collectory.engine import Dataset, Refusal, Result, check, edition, read_keyed, read_return, read_tables, read_xml
from collectory.engine.reading.template import read_template
from collectory.engine.writing.template import write_template
from collectory.engine.writing.xml import write_xml

KEYS = ("sen2-2011", "sen2-2014")


def filled(key: str, **values: str | None) -> dict[str, str | None]:
    """A form with every sum right, and these values instead of its own."""
    of = edition(key)
    typical = of.blade.typical(of)
    form = of.form
    assert form is not None
    return {item.field: typical[item.entity].get(item.field) for item in form.items} | values


def checked(key: str, values: dict[str, str | None], previous: dict[str, str | None] | None = None) -> Result:
    dataset = read_keyed(values, edition(key), "302")
    before = read_keyed(previous, edition(key), "302") if previous is not None else None
    assert isinstance(dataset, Dataset) and not isinstance(before, Refusal)
    return check(dataset, before)


@pytest.mark.parametrize("key", KEYS)
def test_a_form_with_every_sum_right_has_no_finding(key: str) -> None:
    result = checked(key, filled(key), filled(key))
    assert (result.errors, result.queries, result.skipped) == (0, 0, [])


@pytest.mark.parametrize("key", KEYS)
def test_a_form_of_noughts_has_no_error(key: str) -> None:
    form = edition(key).form
    assert form is not None
    result = checked(key, {item.field: "0" for item in form.items if item.entity != "LALevel"})
    assert (result.errors, result.queries) == (0, 0)


@pytest.mark.parametrize("key", KEYS)
def test_each_line_wrong_by_one_fails_exactly_the_sums_that_name_it(key: str) -> None:
    of = edition(key)
    form = of.form
    assert form is not None
    sums: dict[tuple[str, str], set[str]] = {}
    named = {
        ("Part1", "TotAll"): "3050",
        ("Part1", "Mtot"): "C-1.2ii",
        ("Part1", "Mall"): "C-1.2iv",
        ("Part2", "NewAll"): "C-2.1e",
        ("Part2", "Ntot"): "C-2.2ii",
        ("Part2", "Nall"): "C-2.2iv",
    }
    for item in form.items:
        if item.total_of:
            for field in (item.field, *item.total_of, *item.same_as):
                sums.setdefault((item.entity, field), set()).add(named[item.entity, item.field])
    assert len(sums) == 2 * (len(of.entity("Part1").fields))
    for (_, field), rules in sums.items():
        right = filled(key)
        for wrong in (int(right[field] or 0) + 1, int(right[field] or 0) - 1):
            if wrong < 0:
                continue
            result = checked(key, filled(key, **{field: str(wrong)}))
            assert set(result.found["rule_key"]) == rules, (field, wrong)
            assert result.errors == len(rules)


def test_sums_show_what_the_parts_add_up_to() -> None:
    result = checked("sen2-2011", filled("sen2-2011", Tot05="51"))
    fields = {each["field"]: each["value"] for each in result.findings.row(0, named=True)["fields"]}
    assert fields["TotAll"] == "1200" and fields["Sum of the parts"] == "1201"


@pytest.mark.parametrize("bad", ["twelve", "-3", "1.5", "1000000", "٣"])
def test_what_is_no_whole_number_has_its_own_sentence(bad: str) -> None:
    result = checked("sen2-2011", filled("sen2-2011", Assnone=bad))
    assert result.found["message"].to_list() == [
        "2.3 Assnone is not valid. It should be a whole number from 0 to 999999."
    ]


@pytest.mark.parametrize(
    ("before", "now", "asked"),
    [
        (1200, 1320, False),
        (1200, 1321, True),
        (1200, 1080, False),
        (1200, 1079, True),
        (100, 150, False),
        (100, 151, True),
        (100, 50, False),
        (100, 49, True),
        (500, 550, False),
        (500, 551, True),
    ],
)
def test_a_query_asks_about_change_of_more_than_10_per_cent_and_50_children(before: int, now: int, asked: bool) -> None:
    result = checked("sen2-2011", filled("sen2-2011", TotAll=str(now)), filled("sen2-2011", TotAll=str(before)))
    assert ("3058Q" in result.found["rule_key"]) is asked
    assert result.queries == asked


def test_tolerances_are_parameters_of_the_edition() -> None:
    of = edition("sen2-2011")
    strict = Edition(
        blade=of.blade,
        key="sen2-2011-strict",
        title="SEN2 2011",
        year=of.year,
        when=of.when,
        parameters={**of.parameters, "change_share": 0.01, "change_children": 3},
    )
    for now, asked in ((1212, 0), (1213, 1)):
        dataset = read_keyed(filled("sen2-2011", TotAll=str(now)), strict)
        before = read_keyed(filled("sen2-2011"), strict)
        assert isinstance(dataset, Dataset) and isinstance(before, Dataset)
        assert check(dataset, before).queries == asked


def test_without_last_year_the_query_says_what_it_could_not_compare() -> None:
    result = checked("sen2-2011", filled("sen2-2011"))
    assert [(each.rule, each.why) for each in result.skipped] == [
        ("3058Q", "there is no return of the collection before to compare with")
    ]
    result = checked("sen2-2011", filled("sen2-2011"), {})
    assert [each.rule for each in result.skipped] == ["3058Q"], "last year's total is blank"


def test_the_return_of_the_edition_before_is_compared() -> None:
    for before, now in (("sen2-2010", "sen2-2011"), ("sen2-2013", "sen2-2014")):
        old = read_keyed(filled(before, TotAll="900"), edition(before))
        new = read_keyed(filled(now), edition(now))
        assert isinstance(old, Dataset) and isinstance(new, Dataset)
        found = check(new, old).findings
        query = found.filter(found["rule_key"] == "3058Q").row(0, named=True)
        assert {each["field"]: each["value"] for each in query["fields"]} == {"TotAll": "1200", "Year before": "900"}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("faults", [0.0, 0.3])
def test_xml_spreadsheet_and_keyed_forms_are_one_return(key: str, faults: float) -> None:
    of = edition(key)
    assert of.blade.sample is not None and of.form is not None
    for seed in range(3):
        dataset = read_tables(of.blade.sample(of, 1500, faults, seed, "302"), of)
        values = {item.field: dataset.tables[item.entity][item.field][0] for item in of.form.items}
        ways = {
            "XML": read_xml(write_xml(dataset)),
            "spreadsheet": read_template(write_template(of, dataset), source="302"),
            "JSON": read_return(json.dumps(values).encode(), of, "302"),
            "CSV": read_return(
                "\n".join(f"{name},{value or ''}" for name, value in values.items()).encode(), of, "302"
            ),
        }
        found = check(dataset).findings
        for way, outcome in ways.items():
            assert isinstance(outcome, Dataset), (way, outcome)
            assert outcome.source == "302" and outcome.edition is of
            assert all(table.equals(outcome.tables[name]) for name, table in dataset.tables.items()), way
            assert check(outcome).findings.equals(found), way


@pytest.mark.parametrize("key", KEYS)
def test_samples_have_no_finding_or_about_as_many_as_faults(key: str) -> None:
    of = edition(key)
    sample = of.blade.sample
    assert sample is not None
    earlier = [each for each in of.blade.editions if each.when < of.when][-1]
    for records in (1, 40, 1500):
        for seed in range(4):
            now = read_tables(sample(of, records, 0, seed, "302"), of)
            before = read_tables(sample(earlier, records, 0, seed, "302"), earlier)
            result = check(now, before)
            assert (result.errors, result.queries, result.skipped) == (0, 0, [])
            faulty = read_tables(sample(of, records, 0.1, seed, "302"), of)
            assert check(faulty).errors > 0
            assert all(t.equals(sample(of, records, 0, seed, "302")[n]) for n, t in now.tables.items())
    assert not sample(of, 1500, 0, 1, "302")["Part1"].equals(sample(of, 1500, 0, 1, "303")["Part1"])
    for wrong in ((of, 0, 0, 1, ""), (of, 10, 2, 1, ""), (of, 10, 0, 1, "8554001")):
        with pytest.raises(ValueError, match=r"authority's number|at least one|share of faults"):
            sample(*wrong)


def test_another_authoritys_form_is_refused() -> None:
    of = edition("sen2-2011")
    for outcome in (
        read_keyed(filled("sen2-2011"), of, "303"),
        read_return(write_template(of, source="302"), of, "303"),
        read_xml(
            b"<Message><Header><CollectionDetails><Collection>SEN2</Collection><Year>2011</Year>"
            b"</CollectionDetails><Source><LEA>302</LEA></Source></Header></Message>",
            of,
            "303",
        ),
    ):
        assert isinstance(outcome, Refusal) and outcome.code == "wrong-source"
        assert "302" in outcome.message and "303" in outcome.message


def test_another_years_file_is_refused() -> None:
    of = edition("sen2-2011")
    assert of.blade.sample is not None
    data = write_xml(read_tables(of.blade.sample(of, 10, 0, 1, "302"), of))
    outcome = read_xml(data, edition("sen2-2014"))
    assert isinstance(outcome, Refusal) and outcome.code == "wrong-year"
    census = read_xml(data, edition("school-census-2021-autumn"))
    assert isinstance(census, Refusal) and census.code == "wrong-collection"
