"""Rules softened, withdrawn and restored in an edition: a value of its own, checked like any other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import collectory
from collectory.blade import ERROR, QUERY, Edition, Switch, SwitchKind
from collectory.engine import Dataset, Notice, check
from collectory.engine.checking.structure import STRUCTURE_RULES
from collectory.engine.checking.version import rules_version
from tests.engine.random_returns import returns
from tests.engine.small_blade import edition, typical_return
from tests.engine.test_checking import MEMBERS, edition_with, made, member

SOFTEN, WITHDRAW, RESTORE = SwitchKind.SOFTEN, SwitchKind.WITHDRAW, SwitchKind.RESTORE
KEYS = [*(each.key for each in edition.rules), *(each.key for each in STRUCTURE_RULES.values()), "no-such-rule"]
NOTICES = st.lists(st.builds(Notice, st.sampled_from(list(STRUCTURE_RULES)), st.just("A/B"), st.just(1)), max_size=2)


def found_by(edition_: Edition, dataset: Dataset) -> pl.DataFrame:
    return check(replace(dataset, edition=edition_)).findings


def asked(of: Edition) -> list[tuple[str, str]]:
    return [(each.key, each.priority) for each in of.rules]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    dataset=returns(),
    notices=NOTICES,
    switches=st.lists(st.builds(Switch, st.sampled_from(KEYS), st.sampled_from(SwitchKind)), max_size=8),
)
def test_a_switched_edition_finds_the_same_less_what_is_withdrawn_and_softer_what_is_softened(
    dataset: Dataset, notices: list[Notice], switches: list[Switch]
) -> None:
    dataset = replace(dataset, notices=tuple(notices))
    last = {each.rule: each.kind for each in switches}
    gone = [key for key, kind in last.items() if kind is WITHDRAW]
    soft = [key for key, kind in last.items() if kind is SOFTEN]
    expected = (
        found_by(edition, dataset)
        .filter(~pl.col("rule_key").is_in(gone))
        .with_columns(
            priority=pl.when(pl.col("rule_key").is_in(soft)).then(pl.lit(QUERY)).otherwise(pl.col("priority"))
        )
    )
    assert_frame_equal(found_by(edition.switched(switches), dataset), expected)


@given(st.lists(st.builds(Switch, st.sampled_from(KEYS), st.sampled_from(SwitchKind)), max_size=8), st.integers(0, 8))
def test_switches_add_up_and_can_all_be_restored(switches: list[Switch], first: int) -> None:
    at_once = edition.switched(switches)
    one_after_the_other = edition.switched(switches[:first]).switched(switches[first:])
    assert at_once.switches == one_after_the_other.switches
    assert asked(at_once) == asked(one_after_the_other)
    assert asked(at_once.as_published) == asked(edition) and not edition.switches
    assert rules_version(at_once.as_published) == rules_version(edition)
    assert (rules_version(at_once) == rules_version(edition)) == (not at_once.switches)


def test_a_softened_rule_keeps_its_words_and_a_withdrawn_one_can_still_be_looked_up() -> None:
    since = dt.datetime(2021, 10, 7, tzinfo=dt.UTC)
    switched = edition.switched([Switch("20", SOFTEN, "The date is not kept.", since), Switch("30", WITHDRAW, "Odd.")])
    softened = switched.rule("20")
    assert (softened.priority, softened.message) == (QUERY, edition.rule("20").message)
    assert edition.rule("20").priority == ERROR, "the edition itself is left as it is"
    assert switched.switches["20"].reason == "The date is not kept." and switched.switches["20"].since == since
    with pytest.raises(KeyError):
        switched.rule("30")
    assert switched.as_published.rule("30").message == "The card is lost."
    assert switched.switched([]) is switched
    assert switched.entities is edition.entities, "tables are no matter of rules"


def test_what_a_withdrawn_rule_silenced_is_found_again() -> None:
    cause = made("1", member, lambda record, edition: record.present("Born"))
    consequence = made("2", member, lambda record, edition: record.Number == "1", silenced_by=("1",))
    of = edition_with(cause, consequence)
    data = collectory.read_tables({"Header": [{"Collection": "LIB", "Year": "2021", "Branch": "77"}],
                                   "Member": MEMBERS}, of)  # fmt: skip
    assert [row for row in check(data).found.select("rule", "record").rows() if row[0] != "Born.format"] == [
        ("2", 1),
        ("1", 2),
    ]
    without = check(replace(data, edition=of.switched([Switch("1", WITHDRAW)]))).found
    assert without.filter(pl.col("rule") == "2")["record"].to_list() == [1, 2]


@pytest.mark.parametrize("key", sorted(collectory.engine.editions()))
def test_every_edition_can_be_switched_rule_by_rule(key: str) -> None:
    of = collectory.edition(key)
    softened = of.switched(Switch(each.key, SOFTEN) for each in of.rules)
    assert {each.priority for each in softened.rules} == {QUERY} and len(softened.rules) == len(of.rules)
    assert not of.switched(Switch(each.key, WITHDRAW) for each in of.rules).rules


def test_the_version_of_rules_follows_what_they_use() -> None:
    limit = 5

    def smaller(value: pl.Expr) -> pl.Expr:
        return value < limit

    def with_helper(record: Any, of: Edition) -> pl.Expr:
        return smaller(record.count(member))

    def version(**parameters: Any) -> str:
        return rules_version(edition_with(made("1", member, with_helper), **parameters))

    first = version(most=3)
    assert version(most=3) == first != version(most=4)
    assert version(most={"a", "b", "c"}) == version(most={"c", "b", "a"})
    limit = 6
    assert version(most=3) != first, "a value that a function called by a rule uses"
    one = rules_version(edition_with(made("1", member, with_helper, silenced_by=("9",))))
    assert one != rules_version(edition_with(made("1", member, with_helper)))


def test_a_softened_error_is_counted_as_a_query() -> None:
    before = check(typical_return())
    after = check(replace(typical_return(), edition=edition.switched([Switch("20", SOFTEN)])))
    softened = before.found.filter(pl.col("rule") == "20").height
    assert softened and (after.errors, after.queries) == (before.errors - softened, before.queries + softened)
    assert after.rules_version != before.rules_version
