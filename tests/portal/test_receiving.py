"""The check on receipt in the service: the report for both sides, the last file, the team's rules, another's file."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.test import Client

import collectory
from collectory.blade import ERROR, ExtraRules, case, return_rule
from collectory.engine.writing.csv_set import write_csv_set
from collectory.portal import demonstration
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role, User
from collectory.portal.receiving import checking, choosing, reports
from collectory.portal.transfer.models import Delivery, FileQuestion, FileType, TransferredFile
from tests.engine.spreadsheet import Spreadsheet
from tests.engine.test_receiving import census, saved_again, with_property_numbers, with_values
from tests.portal.deliveries import checked, delivery, file_type, sent

pytestmark = pytest.mark.django_db


def member(native_id: str, role: Role, name: str) -> Membership:
    user = User.objects.create_user(f"receiving-{name}")
    organisation = Organisation.objects.get(native_id=native_id)
    return Membership.objects.create(user=user, organisation=organisation, role=role)


@pytest.fixture
def school() -> Membership:
    demonstration.set_up()
    return member("8554001", Role.SOURCE, "academy")


@pytest.fixture
def team(school: Membership) -> Membership:
    return member("855", Role.AGENT, "team")


@pytest.fixture
def owed(team: Membership) -> Delivery:
    kind = file_type(on_receipt=FileType.OnReceipt.CHECK, edition_key="school-census-2021-autumn")
    return delivery(kind)


def client_of(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def received(owed: Delivery, school: Membership, content: bytes, **more: Any) -> TransferredFile:
    file = sent(owed, school, content, **more)
    checked(owed)
    file.refresh_from_db()
    assert file.is_finished
    return file


def test_a_sound_file_has_a_report_for_both_sides(owed: Delivery, school: Membership, team: Membership) -> None:
    file = received(owed, school, write_csv_set(census(40, 3, 0.1)))
    direct = collectory.check(census(40, 3, 0.1))
    assert file.counts["errors"] == direct.errors and not file.refusal_title
    address = f"/transfer/{owed.pk}/files/{file.number}/report/"
    for membership in (school, team):
        answer = client_of(membership).get(address)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "The file is sound" in page and "Findings by rule" in page and "Compared with the register" in page
        assert ("Your question" in page) == (membership is team)
    looked = AccessLog.objects.filter(action="looked at a report")
    assert [entry.organisation.native_id for entry in looked if entry.organisation] == ["855"]
    workbook = client_of(school).get(f"/transfer/{owed.pk}/files/{file.number}/findings.xlsx")
    assert workbook.status_code == 200 and workbook.content[:2] == b"PK"
    rows = client_of(school).get(f"/transfer/{owed.pk}/files/{file.number}/findings.csv").content.decode("utf-8-sig")
    assert len(rows.strip().splitlines()) == direct.findings.height + 1
    assert client_of(school).get(f"/transfer/{owed.pk}/files/{file.number}/findings.exe").status_code == 404


def test_a_report_is_nobody_elses(owed: Delivery, school: Membership) -> None:
    file = received(owed, school, write_csv_set(census()))
    for stranger in (member("8554002", Role.SOURCE, "other"), member("000", Role.COLLECTOR, "department")):
        for page in ("report/", "findings.csv"):
            assert client_of(stranger).get(f"/transfer/{owed.pk}/files/{file.number}/{page}").status_code == 404


def test_a_question_about_a_finding_is_asked_from_the_report(
    owed: Delivery, school: Membership, team: Membership
) -> None:
    file = received(owed, school, write_csv_set(census(40, 3, 0.1)))
    client = client_of(team)
    report = reports.report_of(file)
    assert report is not None
    page = reports.findings_shown(report, "", 1).rows[0]
    client.post(
        f"/transfer/{owed.pk}/questions/",
        {"question": "Is that right?", "finding": page["identity"], "rule": page["rule"], "place": "here"},
    )
    question = FileQuestion.objects.get()
    assert question.file == file and question.finding == page["identity"]
    again = client.get(f"/transfer/{owed.pk}/files/{file.number}/report/").content.decode()
    assert ">Asked<" in again


def test_damage_is_refused_with_file_row_and_column(owed: Delivery, school: Membership) -> None:
    file = received(owed, school, saved_again(with_property_numbers(), Spreadsheet()))
    assert file.refusal_title == "The file was damaged by a spreadsheet"
    assert "Address.csv, row" in file.refusal_message
    assert file.counts["not put right"] > 1
    owed.refresh_from_db()
    assert owed.again_reason and owed.state == "questions"
    page = client_of(school).get(f"/transfer/{owed.pk}/files/{file.number}/report/").content.decode()
    assert "UniquePropertyReferenceNumber" in page and "What cannot be put right" in page


def test_harmless_damage_is_put_right_and_said(owed: Delivery, school: Membership) -> None:
    file = received(owed, school, saved_again(census(), Spreadsheet(separator=";")))
    assert not file.refusal_title and file.counts["put right"] > 10
    page = client_of(school).get(f"/transfer/{owed.pk}/files/{file.number}/report/").content.decode()
    assert "What was put right" in page and "semicolons" in page


def test_another_schools_file_is_refused(owed: Delivery, school: Membership) -> None:
    sample = census().edition.blade.sample
    assert sample is not None
    other = dataclasses.replace(census(), tables=dict(sample(census().edition, 5, 0.0, 1, "8554002")))
    other = collectory.Dataset(other.edition, {**census().tables, **other.tables})
    file = received(owed, school, write_csv_set(other))
    assert file.refusal_title == "The file is from another organisation"


def test_the_last_file_is_compared_with(owed: Delivery, school: Membership) -> None:
    received(owed, school, write_csv_set(census(60, 1)))
    names = [f"A{number:012}" for number in range(20)]
    now = with_values(census(60, 1), "PupilOnRoll", UPN=names, Surname=names, Forename=names, DOB=["2012-01-01"] * 20)
    file = received(owed, school, write_csv_set(now))
    assert file.counts["big changes"] == 1
    page = client_of(school).get(f"/transfer/{owed.pk}/files/{file.number}/report/").content.decode()
    assert "20 come, 20 gone" in page


@pytest.fixture
def larkshire(monkeypatch: pytest.MonkeyPatch) -> ExtraRules:
    @return_rule(
        "LKS-1",
        ERROR,
        message="Every return is wrong for Larkshire.",
        fails=[case()],
        passes=[],
    )
    def nothing_is_right(whole: Any, edition: Any) -> Any:
        return whole.count(census().edition.blade.entity("PupilOnRoll")) < 0

    made = ExtraRules("larkshire", "Rules of Larkshire", "LKS", "school_census", (nothing_is_right,))
    monkeypatch.setattr(choosing, "extra_rules", lambda: {"larkshire": made})
    monkeypatch.setattr("collectory.portal.receiving.views.report.extra_rules", lambda: {"larkshire": made})
    return made


def test_the_team_chooses_its_own_rules(
    owed: Delivery, school: Membership, team: Membership, larkshire: ExtraRules
) -> None:
    before = received(owed, school, write_csv_set(census()))
    client = client_of(team)
    assert "Rules of Larkshire" in client.get("/transfer/desk/rules/").content.decode()
    client.post("/transfer/desk/rules/", {"sets": ["larkshire", "unknown"]})
    file = received(owed, school, write_csv_set(census(13)))
    assert file.counts["errors"] == before.counts["errors"] + 1
    page = client_of(school).get(f"/transfer/{owed.pk}/files/{file.number}/report/").content.decode()
    assert "LKS-1" in page and "Rules of Larkshire" in page
    assert client_of(school).get("/transfer/desk/rules/").status_code == 404
    client.post("/transfer/desk/rules/", {})
    assert not choosing.chosen(team.organisation)


def test_a_viewer_of_the_team_changes_no_rules(owed: Delivery, larkshire: ExtraRules) -> None:
    viewer = client_of(member("855", Role.AGENT_VIEWER, "viewer"))
    viewer.post("/transfer/desk/rules/", {"sets": ["larkshire"]})
    assert not choosing.chosen(owed.file_type.organisation)


def test_edition_of_a_file_type(owed: Delivery) -> None:
    assert checking.edition_of(owed.file_type) is census().edition
    owed.file_type.edition_key = "gone"
    assert checking.edition_of(owed.file_type) is None
