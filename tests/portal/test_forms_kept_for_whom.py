"""Forms that arrive after their session has ended: every kind of work comes back, to nobody but who typed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import lxml.html
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.people.models import KeptForm, Membership, User
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return
from tests.portal.opened import load, tables

pytestmark = pytest.mark.django_db
HERE = {"HTTP_ORIGIN": "http://testserver"}


def at(data_return: Return, name: str, *args: object) -> str:
    return reverse(name, args=[data_return.collection.slug, data_return.organisation.native_id, *args])


def sign_in(client: Client, username: str) -> None:
    sent = {"login": username, "password": DEMONSTRATION_PASSWORD, "agree": "on"}
    assert client.post("/sign-in/", sent, **HERE).status_code == 302


def end_sessions() -> None:
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(minutes=1))


def form_in(page: bytes, holds: str) -> tuple[str, dict[str, str]]:
    """The address of the form with this field, and what it would send as it is."""
    form = next(form for form in lxml.html.fromstring(page.decode()).forms if holds in form.fields)
    return form.get("action") or "", {name: text or "" for name, text in form.form_values()}


def sent_late(client: Client, address: str, sent: dict[str, str]) -> None:
    """The session ends, and then the form is sent."""
    end_sessions()
    answer = client.post(address, sent, **HERE)
    assert answer.status_code == 302 and answer.url == "/sign-in/?next=/kept/"


def sent_again(client: Client, username: str, holds: str):
    """Sign in and press the button; gives the answer to the form."""
    sign_in(client, username)
    page = client.get("/kept/").content
    address, sent = form_in(page, holds)
    return client.post(address, sent, **HERE)


def test_an_edit_of_a_record(census_return: Return, membership: Membership) -> None:
    load(census_return, membership, tables())
    client = Client()
    sign_in(client, "harcourt")
    address = at(census_return, "edit-record", "PupilOnRoll", 1, 1)
    _, sent = form_in(client.get(address).content, "value-DOB")
    sent_late(client, address, {**sent, "value-DOB": "2010-02-28"})
    assert "2010-02-28" not in KeptForm.objects.get().sealed
    assert sent_again(client, "harcourt", "value-DOB").status_code == 302
    census_return.refresh_from_db()
    assert census_return.current_revision is not None
    assert reading.table(census_return.current_revision, "PupilOnRoll")["DOB"][1] == "2010-02-28"
    assert not KeptForm.objects.exists(), "deleted when it was used"


def test_a_form_keyed_on_screen(form_returns: Callable[[str, str], Return]) -> None:
    data_return = form_returns("sen2-2011", "855")
    keyer = User.objects.get(username="larkshire-sen")
    keyer.set_password(DEMONSTRATION_PASSWORD)
    keyer.save()
    client = Client()
    sign_in(client, "larkshire-sen")
    address = at(data_return, "add-on-screen")
    page = client.get(address).content
    forms = [form for form in lxml.html.fromstring(page.decode()).forms if "form" in form.fields]
    sent = {name: text or "" for name, text in forms[0].form_values()}
    name = next(key for key in sent if key.endswith("-ContactForename"))
    sent_late(client, address, {**sent, name: "Nadia"})
    assert sent_again(client, "larkshire-sen", name).status_code == 302
    data_return.refresh_from_db()
    assert data_return.current_revision is not None
    assert reading.table(data_return.current_revision, "LALevel")["ContactForename"][0] == "Nadia"
    assert not KeptForm.objects.exists()


def note(client: Client, census_return: Return) -> tuple[str, dict[str, str]]:
    address = at(census_return, "return-notes")
    found = next(
        form
        for form in lxml.html.fromstring(client.get(address).content.decode()).forms
        if form.xpath(".//textarea[@name]")
    )
    sent = {name: text or "" for name, text in found.form_values()}
    return found.get("action") or address, {**sent, found.xpath(".//textarea")[0].get("name"): "The boiler broke."}


def test_the_browser_has_a_new_session_meanwhile(census_return: Return) -> None:
    client = Client()
    sign_in(client, "harcourt")
    address, sent = note(client, census_return)
    end_sessions()
    ended = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.get("/invitation/of-a-mail-in-another-window/")
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != ended, "a session of nobody"
    assert client.post(address, sent, **HERE).url == "/sign-in/?next=/kept/"
    assert KeptForm.objects.get().user.username == "harcourt"


def test_a_form_of_one_person_is_not_kept_for_the_next_at_that_browser(census_return: Return) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Membership.objects.get(user__username="harcourt").user, settings.AUTHENTICATION_BACKENDS[0])
    address, sent = note(client, census_return)

    def sign_in_as(username: str) -> None:
        _, form = form_in(client.get("/sign-in/").content, "password")
        form.update(login=username, password=DEMONSTRATION_PASSWORD, agree="on")
        assert client.post("/sign-in/", form, **HERE).status_code == 302

    def sent_with_the_token_of_before() -> None:
        token = {"csrfmiddlewaretoken": "x" * 64}
        client.post(address, {**sent, **token}, **HERE)

    end_sessions()
    sign_in_as("wharf")
    sent_with_the_token_of_before()
    assert [one.user.username for one in KeptForm.objects.all()] == ["harcourt"]
    assert client.get("/kept/").status_code == 302, "nothing here for the person who is signed in"

    KeptForm.objects.all().delete()
    _, form = form_in(client.get("/collections/").content, "csrfmiddlewaretoken")
    client.post("/sign-out/", form, **HERE)
    sign_in_as("bramble")
    sent_with_the_token_of_before()
    assert not KeptForm.objects.exists(), "whoever signed out has left nothing"


@pytest.mark.parametrize("address", ["/sign-in/", "/session/", "/second-factor/app/", "/nowhere/"])
def test_signing_in_is_not_work(address: str, census_return: Return) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Membership.objects.get(user__username="harcourt").user, settings.AUTHENTICATION_BACKENDS[0])
    end_sessions()
    client.post(address, {"login": "harcourt", "typed": "anything"}, **HERE)
    assert not KeptForm.objects.exists()


def test_a_form_from_elsewhere_is_not_kept(census_return: Return) -> None:
    client = Client()
    sign_in(client, "harcourt")
    address, sent = note(client, census_return)
    end_sessions()
    assert client.post(address, sent, HTTP_ORIGIN="https://elsewhere.example").url != "/sign-in/?next=/kept/"
    assert client.post(address, sent).url != "/sign-in/?next=/kept/"
    assert not KeptForm.objects.exists()
