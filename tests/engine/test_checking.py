"""What rules can ask for, and how findings come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from collectory.blade import ERROR, QUERY, Blade, Edition, Entity, ReferenceList, Rule, return_rule, rule
from collectory.engine import Dataset, Result, check, read_tables
from collectory.engine.checking.check import broken_rules
from collectory.engine.checking.compile import compiled
from tests.engine.members_blade import blade as members
from tests.engine.members_blade import header, loan, member, tag, visit

HEADER = [{"Collection": "LIB", "Year": "2021", "Branch": "77"}]


def edition_with(*rules: Rule, **parameters: Any) -> Edition:
    blade = Blade(
        name="members",
        title="Members return",
        root="Return",
        header=members.header,
        entities=members.entities,
        codesets=members.codesets,
        rules=rules,
        typical=members.typical,
        register_key=lambda source: {"BranchNumber": source},
        lists=(ReferenceList("members", "members", key="No", columns={"No": "number", "Surname": "surname"}),),
    )
    return Edition(blade, "members-2021", "Members 2021", "2021", "2021", parameters=parameters)


def written(*rules: Rule, tables: dict[str, Any], **more: Any) -> tuple[Result, Dataset]:
    edition = edition_with(*rules)
    dataset = read_tables({"Header": HEADER, **tables}, edition)
    return check(dataset, **more), dataset


def made(number: str, on: Any, holds: Callable[..., pl.Expr], **words: Any) -> Rule:
    return rule(number, ERROR, on=on, message=words.pop("message", "Wrong."), **words)(holds)


def whole(number: str, holds: Callable[..., pl.Expr], **words: Any) -> Rule:
    return return_rule(number, QUERY, message=words.pop("message", "Odd."), **words)(holds)


def hits(result: Result, number: str) -> list[int | None]:
    return result.found.filter(pl.col("rule") == number)["record"].to_list()


MEMBERS = [{"Number": "1", "Born": "1990-05-01"}, {"Number": "2", "Born": "no date"}, {"Number": "3"}]


def test_a_missing_or_unreadable_value_satisfies_a_rule() -> None:
    older = made("1", member, lambda record, edition: record.Born.dt.year() > 2000, reads=("Born",))
    result, _ = written(older, tables={"Member": MEMBERS})
    assert hits(result, "1") == [0]
    assert hits(result, "Born.format") == [1]


def test_children_above_and_beside() -> None:
    tables = {
        "Member": MEMBERS,
        "Loan": [
            {"_parent": 0, "Book": "A", "Days": 5},
            {"_parent": 0, "Book": "A", "Days": 8},
            {"_parent": 2, "Book": "B", "Days": 1},
        ],
        "Visit": [{"_parent": 0, "Hours": "2"}],
        "Tag": [{"_parent": 2, "Tag": "x"}],
    }
    rules = [
        made("count", member, lambda r, e: r.count(loan) < 2),
        made("where", member, lambda r, e: r.count(loan, lambda each: each.Days > 6) == 0),
        made("sum", member, lambda r, e: r.sum(loan, lambda each: each.Days) < 10),
        made("most", member, lambda r, e: r.most(loan, lambda each: each.Days) < 8),
        made("least", member, lambda r, e: r.least(loan, lambda each: each.Days) > 4),
        made("distinct", member, lambda r, e: r.distinct(loan, lambda each: each.Book) != 1),
        made("any", member, lambda r, e: ~r.any(tag)),
        made("above", loan, lambda r, e: r.up(member).Number == "1", reads=("Book", "Member.Number")),
        made("derived above", loan, lambda r, e: r.up(member).value(lambda above: above.count(loan)) > 1),
        made("siblings", loan, lambda r, e: r.siblings("Book") == 1),
        made("beside", visit, lambda r, e: r.one(header).Year == "2020", reads=("Hours", "Header.Year")),
        made("of return", loan, lambda r, e: r.of_return(lambda all_: all_.count(loan)) < 3),
    ]
    result, _ = written(*rules, tables=tables)
    assert {number: hits(result, number) for number in [each.number for each in rules]} == {
        "count": [0],
        "where": [0],
        "sum": [0],
        "most": [0],
        "least": [2],
        "distinct": [0, 2],
        "any": [2],
        "above": [2],
        "derived above": [2],
        "siblings": [0, 1],
        "beside": [0],
        "of return": [0, 1, 2],
    }
    above = result.found.filter(pl.col("rule") == "above").row(0, named=True)
    assert above["key"] == ["3", "B"]
    assert above["fields"][1] == {"field": "Member.Number", "value": "3", "entity": "Member", "record": 2}
    beside = result.found.filter(pl.col("rule") == "beside").row(0, named=True)
    assert beside["fields"][1] == {"field": "Header.Year", "value": "2021", "entity": "Header", "record": 0}


def test_the_same_value_on_several_records() -> None:
    twice = made("twice", member, lambda r, e: r.occurrences("Number", "Surname") == 1)
    rows = [{"Number": n, "Surname": s} for n, s in [("1", "A"), ("1", "A"), ("1", "B"), ("1", None), ("1", None)]]
    result, _ = written(twice, tables={"Member": rows})
    assert hits(result, "twice") == [0, 1]


def test_shares_of_the_return_and_their_figures_in_the_message() -> None:
    share = whole(
        "share",
        lambda ret, e: ret.share(member, lambda r: r.any(loan)) <= e.most,
        figures={"part": lambda ret, e: ret.share(member, lambda r: r.any(loan))},
        message="{part:.0%} have a book, more than {edition.most:.0%}.",
    )
    edition = edition_with(share, most=0.25)
    tables = {"Header": HEADER, "Member": MEMBERS, "Loan": [{"Number": "1", "Book": "A"}]}
    found = check(read_tables(tables, edition)).found.filter(pl.col("rule") == "share").row(0, named=True)
    assert found["message"] == "33% have a book, more than 25%."
    assert found["fields"] == [{"field": "part", "value": "0.3333", "entity": None, "record": None}]
    assert (found["level"], found["record"], found["key"]) == ("return", None, [])


def test_a_share_of_nothing_is_no_finding() -> None:
    share = whole("share", lambda ret, e: ret.share(member, lambda r: r.any(loan)) <= 0.5)
    result, _ = written(share, tables={})
    assert result.found.height == 0


def test_rules_say_what_they_could_not_compare() -> None:
    fewer = whole("fewer", lambda ret, e: ret.count(member) >= ret.previous.count(member))
    result, dataset = written(fewer, tables={"Member": MEMBERS[:1]})
    assert [(each.rule, each.why) for each in result.skipped] == [
        ("fewer", "there is no return of the collection before to compare with")
    ]
    before = read_tables({"Header": HEADER, "Member": MEMBERS}, dataset.edition)
    result = check(dataset, previous=before)
    assert not result.skipped
    assert hits(result, "fewer") == [None]


def test_previous_figures_over_records_below() -> None:
    lent = whole(
        "lent",
        lambda ret, e: ret.count(member, lambda r: r.any(loan)) == ret.previous.count(member, lambda r: r.any(loan)),
    )
    tables = {"Member": MEMBERS[:1], "Loan": [{"Number": "1", "Book": "A"}]}
    _, dataset = written(lent, tables=tables)
    before = read_tables({"Header": HEADER, "Member": MEMBERS[:1]}, dataset.edition)
    assert hits(check(dataset, previous=before), "lent") == [None]
    assert hits(check(dataset, previous=dataset), "lent") == []


def test_rules_that_read_the_register() -> None:
    town = whole("town", lambda ret, e: ret.register("Town") == "Ely")
    _, dataset = written(town, tables={})
    assert check(dataset).skipped[0].why == "no register of organisations was given"
    register = pl.DataFrame({"BranchNumber": ["77", "78"], "Town": ["Wells", "Ely"]})
    assert hits(check(dataset, register=register), "town") == [None]
    assert check(dataset, register=register.filter(pl.col("BranchNumber") == "78")).skipped[0].why == (
        "the register does not hold this organisation"
    )


def test_rules_that_look_values_up_in_a_list() -> None:
    known = made("known", member, lambda each, e: each.is_listed("members", "Number"))
    same = made("same", member, lambda each, e: each.looked_up("members", "Number", "Surname") == each.Surname)
    _, dataset = written(known, same, tables={"Member": [*MEMBERS, {"Number": "3", "Surname": "Fox"}, {}]})
    assert {each.why for each in check(dataset).skipped} == {"no list of members was given"}
    table = pl.DataFrame({"No": ["1", "3", "3"], "Surname": [None, "Fix", "Fox"]})
    result = check(dataset, lists={"members": table})
    assert hits(result, "known") == [1], "a missing value is no value that is not listed"
    assert hits(result, "same") == [3], "of rows alike the first counts"
    without = check(dataset, lists={"members": table.drop("Surname")})
    assert [(each.rule, each.why) for each in without.skipped] == [
        ("same", "the list of members has no column Surname")
    ]
    with pytest.raises(KeyError):
        written(made("slip", member, lambda each, e: each.looked_up("members", "Number", "Nme") == "x"), tables={})


def test_a_written_rule_speaks_of_a_form_in_place_of_the_derived_rule() -> None:
    born = replace(member.field("Born"), form_rules=("written",))
    entity = Entity(member.name, member.path, [born if each.name == "Born" else each for each in member.fields])
    asked = made("written", entity, lambda each, e: each.blank("Surname") | each.valid("Born"))
    edition = edition_with(asked)
    edition.__dict__["entities"] = tuple(entity if each.name == member.name else each for each in edition.entities)
    edition.__dict__["_entities_by_name"] = {each.name: each for each in edition.entities}
    rows = [{"Number": "1", "Born": "then", "Surname": "Fox"}, {"Number": "2", "Born": "then"}, {"Number": "3"}]
    result = check(read_tables({"Header": HEADER, "Member": rows}, edition))
    assert hits(result, "written") == [0]
    assert result.found.filter(pl.col("rule_key") == "Member.Born.format")["record"].to_list() == [1]
    assert broken_rules(result.dataset) == set(result.found["rule_key"])


def test_scope_silencing_and_what_decides_scope_being_missing() -> None:
    present = made("present", member, lambda r, e: r.present("Surname"))
    silenced = made("silenced", member, lambda r, e: r.Number != "3", silenced_by=("present",))
    scoped = made("scoped", member, lambda r, e: r.Number != "3", applies=lambda ret, e: ret.one(header).Year == "2021")
    other = made("other", member, lambda r, e: r.Number != "3", applies=lambda ret, e: ret.one(header).Year == "2020")
    result, dataset = written(present, silenced, scoped, other, tables={"Member": MEMBERS})
    assert hits(result, "silenced") == []
    assert hits(result, "scoped") == [2]
    assert hits(result, "other") == []
    unknown = check(dataset.with_tables({"Header": dataset.tables["Header"].clear()}))
    assert {each.rule for each in unknown.skipped} == {"scoped", "other"}


def test_a_finding_explains_those_below_it_and_one_about_the_return_explains_all() -> None:
    tables = {
        "Member": MEMBERS,
        "Loan": [{"_parent": 0, "Book": "A", "Days": 5}, {"_parent": 2, "Book": "B", "Days": 1}],
    }
    never = {"holds": lambda r, e: pl.lit(False)}
    cause = made("cause", member, lambda r, e: r.Number != "3")
    rules = [
        cause,
        made("of record", member, **never, silenced_by=("cause",)),
        made("below", loan, **never, silenced_by=("cause",)),
        made("above", member, **never, silenced_by=("below two",)),
        made("below two", loan, lambda r, e: r.Book != "A"),
        whole("of return", **never, silenced_by=("cause",)),
        made("one", header, lambda r, e: r.Branch != "77"),
        made("by the one", loan, **never, silenced_by=("one",)),
        whole("return by the one", **never, silenced_by=("one",)),
        whole("odd", **never),
        made("by the return", loan, **never, silenced_by=("odd",)),
    ]
    result, dataset = written(*rules, tables=tables)
    assert hits(result, "of record") == [0, 1]
    assert hits(result, "below") == [0]
    # What is wrong with one record explains neither the record above it nor the return.
    assert hits(result, "above") == [0, 1, 2]
    assert hits(result, "of return") == [None]
    assert hits(result, "by the one") == hits(result, "return by the one") == hits(result, "by the return") == []
    # A cause that is not there explains nothing.
    other = dataset.with_tables({"Member": dataset.tables["Member"].with_columns(pl.col("Number").replace("3", "4"))})
    assert hits(check(other), "below") == [0, 1]


def test_names_that_no_edition_has_are_slips_of_the_pen() -> None:
    for slip, said in (("Membr.Number", "no entity Membr"), ("Member.Numbr", "no field Numbr")):
        edition = edition_with(made("1", loan, lambda r, e: pl.lit(False), reads=("Book", slip)))
        with pytest.raises(KeyError, match=said):
            compiled(edition)


def test_places_and_identities_survive_what_they_should() -> None:
    late = made("late", loan, lambda r, e: r.Days < 5, reads=("Days",))
    tables = {
        "Member": MEMBERS,
        "Loan": [{"Number": "1", "Book": "A", "Days": "9"}, {"Number": "3", "Book": "B", "Days": "9"}],
    }
    first, _ = written(late, tables=tables)
    moved, _ = written(late, tables={**tables, "Member": MEMBERS[::-1]})
    by_key = {tuple(row["key"]): row for row in first.findings.iter_rows(named=True)}
    for row in moved.findings.iter_rows(named=True):
        assert row["place"] == by_key[tuple(row["key"])]["place"]
        assert row["identity"] == by_key[tuple(row["key"])]["identity"]
    changed, _ = written(
        late, tables={**tables, "Loan": [{"Number": "1", "Book": "A", "Days": "8"}, tables["Loan"][1]]}
    )
    row = changed.findings.filter(pl.col("rule") == "late").row(0, named=True)
    assert row["place"] == by_key["1", "A"]["place"]
    assert row["identity"] != by_key["1", "A"]["identity"]
    assert first.findings["place"].n_unique() == first.findings.height


def test_records_of_one_key_keep_findings_of_their_own() -> None:
    late = made("late", loan, lambda r, e: r.Days < 5, reads=("Days",))
    same = [{"Number": "1", "Book": "A", "Days": "9"}] * 3
    result, _ = written(late, tables={"Member": MEMBERS[:1], "Loan": same})
    assert result.findings["place"].n_unique() == 3


def test_a_rule_that_names_an_unknown_field_is_a_mistake_and_not_skipped() -> None:
    slip = made("slip", member, lambda r, e: r.Surmane == "x")
    with pytest.raises(KeyError, match="Surmane"):
        written(slip, tables={"Member": MEMBERS})


def test_an_edition_without_a_field_leaves_its_rules_out() -> None:
    uses = made("uses", tag, lambda r, e: r.Tag == "x")
    edition = edition_with(uses)
    slim = replace(edition, key="members-2020")
    slim.__dict__["entities"] = tuple(each for each in edition.entities if each.name != "Tag")
    result = check(read_tables({"Header": HEADER, "Member": MEMBERS}, slim))
    assert [each.rule for each in result.skipped] == ["uses"]


def test_plain_tables_are_checked_by_an_edition() -> None:
    edition = edition_with(made("1", member, lambda r, e: r.Number != "2"))
    findings = edition.check(Dataset.from_tables({"Member": MEMBERS}))
    assert findings.filter(pl.col("rule") == "1")["record"].to_list() == [1]


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"Shelf": []}, "no table Shelf"),
        ({"Member": [{"Shoe": "9"}]}, "no column Shoe"),
        ({"Member": MEMBERS, "Loan": [{"Book": "A"}]}, "needs a column Number"),
        ({"Member": MEMBERS, "Loan": [{"Number": "9", "Book": "A"}]}, "belongs to no row"),
        ({"Loan": [{"Number": "9", "Book": "A"}]}, "Member has none"),
        ({"Member": MEMBERS, "Loan": [{"_parent": 7, "Book": "A"}]}, "belongs to no row"),
    ],
)
def test_tables_that_do_not_fit_say_why(tables: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_tables(tables, edition_with())


def test_other_records_are_compared_with_this_one() -> None:
    longer = made("longer", loan, lambda r, e: r.others(loan, lambda o: o.Days > r.Days, within=member) == 0)
    same = made("same", visit, lambda r, e: r.others(loan, lambda o: o.Days == r.Hours, within=member) == 0)
    nested = made(
        "nested",
        loan,
        lambda r, e: r.others(loan, lambda o: o.up(member).Number != r.Book, within=member) == 0,
    )
    tables = {
        "Member": MEMBERS,
        "Loan": [
            {"_parent": 0, "Book": "A", "Days": 5},
            {"_parent": 0, "Book": "1", "Days": 8},
            {"_parent": 2, "Book": "B", "Days": 9},
        ],
        "Visit": [{"_parent": 0, "Hours": 9}, {"_parent": 2, "Hours": 9}],
    }
    result, _ = written(longer, same, nested, tables=tables)
    assert hits(result, "longer") == [0]
    assert hits(result, "same") == [1]
    assert hits(result, "nested") == [0]
