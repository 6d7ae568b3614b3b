"""The lists that rules ask: handed in, shown, put in force, and read by the next check."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from collectory.blades.school_census.sample.made_up_lists import made_up_lists
from collectory.portal.collections.services.emptying import _named
from collectory.portal.lists.models import ListVersion
from collectory.portal.people.models import AccessLog
from collectory.portal.returns.models import Return, Upload

pytestmark = pytest.mark.django_db
EXAMPLE = (Path(__file__).parents[2] / "examples" / "8554001_SC3_855LL21_001.XML").read_bytes()
QUALIFICATIONS = made_up_lists()["qualifications"]


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def give(client: Client, data: bytes | None, which: str = "school_census.qualifications") -> object:
    """Hand a file in."""
    file = {"file": SimpleUploadedFile("list.csv", data)} if data is not None else {}
    return client.post("/lists/", {"list": which, **file})


@pytest.mark.django_db(transaction=True)
def test_a_list_is_shown_put_in_force_and_asked(
    signed_in: Callable[[str], Client], census_return: Return, hand_in: Callable[..., Upload]
) -> None:
    department = signed_in("department")
    hand_in(EXAMPLE)
    census_return.refresh_from_db()
    assert census_return.current_revision is not None
    skipped = {each["rule"]: each["why"] for each in census_return.current_revision.skipped}
    assert skipped["2720"] == "no list of qualifications was given"
    assert text(department.get("/lists/")).count("Not loaded.") == 2

    address = give(department, QUALIFICATIONS).url  # type: ignore[attr-defined]
    page = text(department.get(address))
    assert "Nothing has changed yet" in page and "New: 27" in page
    late = give(department, QUALIFICATIONS + b"50055555,,,\n").url  # type: ignore[attr-defined]
    assert department.post(f"{address}confirm/").status_code == 302
    assert department.post(f"{address}confirm/").status_code == 409
    assert "Another version came into force" in text(department.post(f"{late}confirm/"))
    assert AccessLog.objects.filter(action="list loaded").count() == 1
    version = ListVersion.in_force("school_census", "qualifications")
    assert {version.sha256, version.table} <= _named(), "an emptied collection leaves the lists alone"

    hand_in(re.sub(rb"<QN>60\d{6}<", b"<QN>50099999<", EXAMPLE))
    census_return.refresh_from_db()
    revision = census_return.current_revision
    assert revision is not None
    assert {"2724"} == {each["rule"] for each in revision.skipped if each["rule"] in {"2720", "2721", "2724", "2850"}}
    assert revision.tallies.filter(number="2720").exists()

    fewer = b"QN\n60144637\n500/1234/5\n"
    page = text(department.get(give(department, fewer).url))  # type: ignore[attr-defined]
    assert "no column CertificationEndDate or Kind or AcademicYears" in page
    assert "No longer in it: 25" in page and "Changed: 2" in page


def test_what_is_no_list_is_refused_in_words(signed_in: Callable[[str], Client]) -> None:
    department = signed_in("department")
    for data, which, said in (
        (b"a,b\n1,2\n", "school_census.qualifications", "a column QN"),
        (b"", "school_census.subjects", "The file is blank"),
        (None, "school_census.subjects", "Choose the list"),
        (QUALIFICATIONS, "", "Choose which list it is."),
    ):
        answer = give(department, data, which)
        assert answer.status_code == 422 and said in text(answer)  # type: ignore[attr-defined]
    assert not ListVersion.objects.exists()
    assert signed_in("harcourt").get("/lists/").status_code == 404


def test_a_list_is_loaded_at_a_prompt(tmp_path: Path) -> None:
    path = tmp_path / "subjects.csv"
    path.write_bytes(made_up_lists()["subjects"])
    call_command("load_list", "subjects", path)
    assert ListVersion.in_force("school_census", "subjects") is None
    call_command("load_list", "subjects", path, "--confirm")
    assert ListVersion.in_force("school_census", "subjects") is not None
    with pytest.raises(CommandError, match="qualifications, subjects"):
        call_command("load_list", "elsewhere", path)
