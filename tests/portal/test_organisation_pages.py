"""The pages of organisations: searched, shown, loaded with a preview, confirmed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from collectory.portal.collections.models import DataCollection
from collectory.portal.organisations.models import Register
from collectory.portal.people.models import AccessLog, Organisation
from tests.portal.registers import register, school

pytestmark = pytest.mark.django_db
WHARF = school("8554002", "Wharf Lane Community School", "923383")
NEW = school("8554003", "Newly Built School", "900003")


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


@pytest.fixture
def department(signed_in: Callable[[str], Client]) -> Client:
    """The collector's browser."""
    return signed_in("department")


def hand_in(client: Client, *rows: dict[str, str]) -> str:
    """Hand in a register; gives the address of its preview."""
    answer = client.post("/organisations/load/", {"file": SimpleUploadedFile("register.csv", register(*rows))})
    assert answer.status_code == 302, text(answer)
    return str(answer.url)


def confirm(client: Client, preview: str) -> object:
    """Press the button of a preview as it is shown."""
    seen = re.search(r'name="seen" value="(\w+)"', text(client.get(preview)))
    assert seen
    return client.post(f"{preview}confirm/", {"seen": seen[1]})


def test_a_register_is_shown_and_then_put_in_force(department: Client) -> None:
    preview = hand_in(department, WHARF, NEW, {**NEW, "URN": "900004", "EstablishmentNumber": "x"})
    page = text(department.get(preview))
    assert "2 organisations\n    will be new or different" in page and "Newly Built School" in page
    assert "Wharf Lane High School" in text(department.get(preview + "?show=changed"))
    assert "should be 4 digits" in text(department.get(preview + "?show=problem"))
    assert "Bramble Hill" in text(department.get(preview + "?show=missing"))
    assert not Organisation.objects.filter(native_id="8554003").exists()
    done = confirm(department, preview)
    assert done.status_code == 302 and done.url == "/organisations/"  # type: ignore[attr-defined]
    assert "is in force" in text(department.get("/organisations/"))
    assert Organisation.objects.get(native_id="8554002").name == "Wharf Lane Community School"
    after = text(department.get(preview))
    assert "What the register changed" in after and "confirm/" not in after


def test_two_people_confirm_different_previews(department: Client, signed_in: Callable[[str], Client]) -> None:
    first, second = hand_in(department, WHARF), hand_in(department, {**WHARF, "EstablishmentName": "Something else"})
    assert confirm(department, first).status_code == 302  # type: ignore[attr-defined]
    late = confirm(signed_in("department"), second)
    assert late.status_code == 409 and "have changed since this preview was made" in text(late)  # type: ignore[attr-defined]
    assert "Wharf Lane Community School" in text(late), "the preview is shown as it is now"
    assert Register.objects.filter(applied_at__isnull=False).count() == 1


def test_what_is_no_register_is_refused_in_words(department: Client) -> None:
    for file, said in [
        (SimpleUploadedFile("register.csv", b"a,b\r\n1,2\r\n"), "This is not the register of schools"),
        (SimpleUploadedFile("register.csv", b""), "The file is blank"),
        (None, "Choose the register"),
    ]:
        answer = department.post("/organisations/load/", {"file": file} if file else {})
        assert answer.status_code == 422 and said in text(answer)
    assert not Register.objects.exists()


def test_the_list_is_searched_and_paged_with_the_same_few_queries(department: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        department.get("/organisations/")
    Organisation.objects.bulk_create(
        Organisation(native_id=f"90{n:05}", name=f"Moor School {n}", kind="school") for n in range(1_200)
    )
    with CaptureQueriesContext(connection) as many:
        page = text(department.get("/organisations/?words=moor&page=3"))
    assert len(many) == len(few)
    assert "1,200 organisations" in page and "Moor School 100" in page and "Moor School 99<" not in page
    assert 'href="?words=moor&amp;page=4"' in page
    assert "Wharf Lane" in text(department.get("/organisations/?words=wharf+8554"))
    assert "No organisation is like that" in text(department.get("/organisations/?words=nowhere&page=9999"))
    assert "Harcourt" not in text(department.get("/organisations/?kind=authority"))


def test_the_collector_lets_an_authority_read_an_academys_returns(
    collection: DataCollection, department: Client, signed_in: Callable[[str], Client]
) -> None:
    harcourt = "/collections/school-census-2021-autumn/8554001/"
    authority = signed_in("larkshire")
    assert authority.get(harcourt).status_code == 404
    assert "The authority cannot see" in text(department.get("/organisations/8554001/"))
    department.post("/organisations/8554001/authority-reads/", {"reads": "yes"})
    assert authority.get(harcourt).status_code == 200
    assert AccessLog.objects.filter(action="authority may read", subject="8554001").count() == 1
    department.post("/organisations/8554001/authority-reads/", {"reads": "no"})
    assert authority.get(harcourt).status_code == 404
    assert department.post("/organisations/8554002/authority-reads/", {"reads": "yes"}).status_code == 404
