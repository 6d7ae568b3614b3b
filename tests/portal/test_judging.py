"""OKs and questions: given and taken back, counted, found again after the next upload; threads to their end."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from django.test import Client
from django.urls import reverse

from collectory.engine import Refusal
from collectory.portal.collections.models import OkPolicy
from collectory.portal.judging.models import Ok, Question, Turn
from collectory.portal.people.models import Membership
from collectory.portal.returns import cells, reading
from collectory.portal.returns.models import Event, Note, Return, Upload
from collectory.portal.returns.services import answering, asking, noting, oking
from collectory.portal.returns.services.explaining import by_rule, explanations, findings_with_explanation
from collectory.portal.returns.states import State
from tests.portal.census_files import census

pytestmark = pytest.mark.django_db(transaction=True)
HandIn = Callable[..., Upload]
WRONG = {"DOB": "2010-02-30"}


@pytest.fixture
def faulty(hand_in: HandIn, census_return: Return) -> Return:
    """A return of three pupils whose birth date is none."""
    assert hand_in(census(3, pupil=WRONG)).outcome == "loaded"
    census_return.refresh_from_db()
    return census_return


@pytest.fixture
def collector(collection: object) -> Membership:
    """The department's collector."""
    return Membership.objects.get(user__username="department")


def birth_dates(data_return: Return) -> pl.DataFrame:
    """The findings that the birth dates are none, one for each pupil, by the order of the pupils."""
    data_return.refresh_from_db()
    found = reading.findings(data_return.current_revision)
    key = found.filter(pl.col("entity") == "PupilOnRoll", pl.col("message").str.contains("irth"))["rule_key"][0]
    return findings_with_explanation(data_return).filter(pl.col("rule_key") == key)


def at(data_return: Return, *which: int) -> dict[str, object]:
    """The findings on these pupils' birth dates, as services take them."""
    found = birth_dates(data_return)["finding"]
    assert data_return.current_revision is not None
    return {"revision": data_return.current_revision.number, "findings": [int(found[one]) for one in which]}


def done(outcome: Event | Refusal) -> Event:
    assert isinstance(outcome, Event), outcome
    return outcome


def test_a_part_of_the_pupils_is_okd_and_the_rest_left(faulty: Return, collector: Membership) -> None:
    errors, queries = faulty.errors, faulty.queries
    event = done(oking.give(faulty, collector, **at(faulty, 0, 2), comment="Certificates seen"))
    assert (event.kind, event.reason, event.part) == ("OK given", "Certificates seen", "collector")
    assert event.details == {"findings": 2, "errors": 2, "queries": 0, "rule": birth_dates(faulty)["rule_key"][0]}
    assert event.from_state == event.to_state == "loaded and validated"
    assert (faulty.errors, faulty.queries, faulty.ok_errors) == (errors - 2, queries, 2)
    assert birth_dates(faulty)["accepted"].to_list() == [True, False, True]
    counts = explanations(faulty)
    assert (counts.open_errors, counts.ok_errors) == (errors - 2, 2)
    row = by_rule(faulty).filter(pl.col("rule_key") == event.details["rule"]).row(0, named=True)
    assert (row["findings"], row["ok"], row["not_explained"]) == (3, 2, 1)
    again = oking.give(faulty, collector, **at(faulty, 0))
    assert isinstance(again, Refusal) and again.code == "ok-already" and Ok.objects.count() == 2


def test_every_count_moves_with_an_ok(faulty: Return, collector: Membership) -> None:
    def everywhere() -> list[cells.Counts]:
        revision = Return.objects.get(pk=faulty.pk).current_revision
        return [
            cells.of_entities(revision)["PupilOnRoll"],
            cells.of_cells(revision, "PupilOnRoll", [1])[1, "DOB"],
            cells.Counts(
                **cells.of_records(revision, "PupilOnRoll")
                .filter(pl.col("record") == 1)
                .drop("record")
                .row(0, named=True)
            ),
        ]

    before = everywhere()
    done(oking.give(faulty, collector, **at(faulty, 1)))
    for then, now in zip(before, everywhere(), strict=True):
        assert (now.errors, now.ok_errors) == (then.errors - 1, then.ok_errors + 1)
    done(oking.undo(faulty, collector, **at(faulty, 1), reason="Wrong pupil"))
    assert everywhere() == before
    faulty.refresh_from_db()
    assert faulty.ok_errors == 0 and Ok.objects.count() == 1, "both rows stay"
    refused = oking.undo(faulty, collector, **at(faulty, 1))
    assert isinstance(refused, Refusal) and refused.code == "not-ok"


def test_an_ok_survives_the_same_values_and_no_others(faulty: Return, collector: Membership, hand_in: HandIn) -> None:
    done(oking.give(faulty, collector, **at(faulty, 0, 1, 2)))
    hand_in(census(4, pupil=WRONG), confirmed=True)
    assert birth_dates(faulty)["accepted"].to_list() == [True, True, True, False]
    assert faulty.ok_errors == 3
    hand_in(census(3, pupil={"DOB": "2010-02-31"}), confirmed=True)
    assert birth_dates(faulty)["accepted"].to_list() == [False] * 3 and faulty.ok_errors == 0
    hand_in(census(3, pupil={**WRONG, "Surname": "Back"}), confirmed=True)
    assert faulty.refresh_from_db() is None and faulty.ok_errors == 3


def test_only_the_collector_judges(faulty: Return, membership: Membership, collector: Membership) -> None:
    for outcome in [
        oking.give(faulty, membership, **at(faulty, 0)),
        oking.undo(faulty, membership, **at(faulty, 0)),
        asking.ask(faulty, membership, "Why?", **at(faulty, 0)),
        asking.ask_about_return(faulty, membership, "Why?"),
    ]:
        assert isinstance(outcome, Refusal) and outcome.code == "not-now"
    done(asking.ask(faulty, collector, "Why?", **at(faulty, 0)))
    question = Question.objects.get()
    for outcome in [
        asking.ask_again(faulty, membership, question.pk, "Why?"),
        asking.close(faulty, membership, question.pk),
        answering.answer(faulty, collector, question.pk, "Because"),
    ]:
        assert isinstance(outcome, Refusal), outcome
    assert faulty.events.filter(kind__in=["asked", "answered", "OK given"]).count() == 1


def test_a_thread_from_question_to_ok(faulty: Return, membership: Membership, collector: Membership) -> None:
    errors = faulty.errors
    done(asking.ask(faulty, collector, "Have you seen a certificate?", **at(faulty, 0, 1)))
    question = Question.objects.get()
    assert question.state == "source" and question.asked.count() == 2
    empty = answering.answer(faulty, membership, question.pk, "   ")
    assert isinstance(empty, Refusal) and empty.code == "no-note"
    event = done(answering.answer(faulty, membership, question.pk, "Yes, of both."))
    assert (event.kind, event.details["notes"], event.details["questions"]) == ("answered", 2, 1)
    assert birth_dates(faulty)["explanation"].to_list() == ["explained", "explained", "not explained"]
    twice = answering.answer(faulty, membership, question.pk, "Yes!")
    assert isinstance(twice, Refusal) and Note.objects.count() == 2
    done(asking.ask(faulty, collector, "When was it issued?", **at(faulty, 0, 1)))
    assert Question.objects.get().state == "source", "the same findings: the same thread"
    # The source answers with ordinary notes, one at a time: the second completes the answer.
    first = done(noting.note_on_findings(faulty, membership, "In 2012.", **at(faulty, 0)))
    assert first.kind == "noted" and Question.objects.get().state == "source"
    second = done(noting.note_on_findings(faulty, membership, "In 2013.", **at(faulty, 1)))
    assert second.kind == "answered" and Question.objects.get().state == "collector"
    done(oking.give(faulty, collector, **at(faulty, 0)))
    assert Question.objects.get().state == "collector", "one of the two is left"
    done(oking.give(faulty, collector, **at(faulty, 1), comment="Thank you"))
    kinds = list(Turn.objects.values_list("kind", flat=True))
    assert kinds == ["asked", "answered", "asked again", "answered", "ok"]
    assert Question.objects.get().state == "settled"
    assert faulty.refresh_from_db() is None and (faulty.errors, faulty.ok_errors) == (errors - 2, 2)


def test_a_correction_settles_a_question(
    faulty: Return, membership: Membership, collector: Membership, hand_in: HandIn
) -> None:
    done(asking.ask(faulty, collector, "Is this a date?", **at(faulty, 0, 1, 2)))
    hand_in(census(3, pupil={"DOB": "2010-02-31"}), confirmed=True)
    assert Question.objects.get().state == "source", "other values, and still none of them a date"
    hand_in(census(3), confirmed=True)
    assert Question.objects.get().state == "settled" and Turn.objects.last().kind == "corrected"
    late = answering.answer(faulty, membership, Question.objects.get().pk, "It was a slip.")
    assert isinstance(late, Refusal)


def test_a_question_on_the_whole_return(faulty: Return, membership: Membership, collector: Membership) -> None:
    empty = asking.ask_about_return(faulty, collector, " \n")
    assert isinstance(empty, Refusal) and empty.code == "no-question"
    done(asking.ask_about_return(faulty, collector, "Is a site missing?"))
    question = Question.objects.get()
    done(noting.note_on_findings(faulty, membership, "Seen.", **at(faulty, 0)))
    assert Question.objects.get().state == "source", "a note on a finding answers nothing about the return"
    done(answering.answer(faulty, membership, question.pk, "No, it closed in July."))
    assert Note.objects.get(scope="return").text == "No, it closed in July."
    done(asking.close(faulty, collector, question.pk))
    closed = asking.close(faulty, collector, question.pk)
    assert isinstance(closed, Refusal)
    done(asking.ask_again(faulty, collector, question.pk, "On which day?"))
    assert [turn.kind for turn in question.turns.all()] == ["asked", "answered", "closed", "asked again"]


def test_a_page_that_is_out_of_date_judges_nothing_else(faulty: Return, collector: Membership, hand_in: HandIn) -> None:
    shown = at(faulty, 0)
    hand_in(census(3, pupil={"DOB": "2010-02-31"}), confirmed=True)
    for outcome in (oking.give(faulty, collector, **shown), asking.ask(faulty, collector, "Why?", **shown)):
        assert isinstance(outcome, Refusal) and outcome.code == "changed-meanwhile"
    unknown = oking.give(faulty, collector, revision=99, findings=[0])
    assert isinstance(unknown, Refusal)


@pytest.fixture
def agent(census_return: Return) -> Membership:
    """Larkshire's agent, who looks after the school for this test."""
    membership = Membership.objects.get(user__username="larkshire")
    census_return.organisation.agent = membership.organisation
    census_return.organisation.save()
    return membership


def test_an_agent_oks_where_the_data_collection_lets_it(
    faulty: Return, agent: Membership, collector: Membership
) -> None:
    refused = oking.give(faulty, agent, **at(faulty, 0))
    assert isinstance(refused, Refusal) and refused.code == "not-now" and not Ok.objects.exists()
    faulty.collection.who_oks = OkPolicy.AGENTS
    faulty.collection.save()
    errors = faulty.errors
    event = done(oking.give(faulty, agent, **at(faulty, 0), comment="Seen at the school"))
    assert event.part == "agent" and (faulty.refresh_from_db() or faulty.errors) == errors - 1
    asked = asking.ask(faulty, agent, "Is it?", **at(faulty, 1))
    assert isinstance(asked, Refusal) and not Question.objects.exists(), "questions are the department's"
    done(oking.give(faulty, collector, **at(faulty, 1)))
    theirs = oking.undo(faulty, agent, **at(faulty, 1))
    assert isinstance(theirs, Refusal) and theirs.code == "not-ok", "an agent does not undo the department's OK"
    done(oking.undo(faulty, agent, **at(faulty, 0)))
    done(oking.give(faulty, agent, **at(faulty, 0)))
    done(oking.undo(faulty, collector, **at(faulty, 0, 1)))
    assert (faulty.refresh_from_db() or faulty.errors) == errors


def test_an_agents_oks_end_with_its_approval(faulty: Return, agent: Membership) -> None:
    faulty.collection.who_oks = OkPolicy.AGENTS
    faulty.collection.save()
    for state in (State.APPROVED, State.AMENDED_BY_COLLECTOR):
        Return.objects.filter(pk=faulty.pk).update(state=state)
        refused = oking.give(faulty, agent, **at(faulty, 0))
        assert isinstance(refused, Refusal) and "The department judges it now" in refused.message


def test_the_pages_of_an_agent_who_may_ok(
    faulty: Return, agent: Membership, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("larkshire")
    names = [faulty.collection.slug, faulty.organisation.native_id]
    page = reverse("collector-page", args=names)
    home = reverse("source-page", args=names)
    assert client.get(page).status_code == 403 and page not in client.get(home).content.decode()
    faulty.collection.who_oks = OkPolicy.AGENTS
    faulty.collection.save()
    assert "OK errors and queries" in client.get(home).content.decode()
    shown = client.get(page).content.decode()
    assert "<h1" in shown and "Collector page" not in shown and "Work lists" not in shown
    assert "Authorise<" not in shown and "Approve" in shown
    rule = birth_dates(faulty)["rule_key"][0]
    of_rule = reverse("judge-rule", args=[*names, rule])
    listed = client.get(of_rule).content.decode()
    assert 'value="ok"' in listed and 'value="ask"' not in listed
    form = {"act": "ok", "which": "every", "show": "", "version": faulty.version}
    answer = client.post(of_rule, form, follow=True)
    assert "3 findings are OK’d." in answer.content.decode() and Ok.objects.count() == 3
