"""The second factor: who must have one, setting up an authenticator app, signing in with it, recovery codes."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client

from collectory.portal.collections.models import DataCollection
from collectory.portal.people import second_factor
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.people.models import AccessLog, TermsAcceptance, User

pytestmark = pytest.mark.django_db
GOOD = {"login": "department", "password": DEMONSTRATION_PASSWORD, "agree": "on"}


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def code_of(secret: str) -> str:
    """What an authenticator app would show now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def with_app(collection: DataCollection, django_capture_on_commit_callbacks: Any) -> tuple[Client, str, list[str]]:
    """The collector's client after setting up an app, the app's secret, and the recovery codes."""
    client = Client()
    client.post("/sign-in/", GOOD)
    page = text(client.get("/second-factor/app/"))
    found = re.search(r'id="key">([A-Z2-7 ]+)<', page)
    assert found and "data:image/svg+xml;base64," in page
    secret = found[1].replace(" ", "")
    wrong = text(client.post("/second-factor/app/", {"code": "000000"}))
    assert "The code is not right" in wrong and f'id="key">{found[1]}<' in wrong, "the key stays the same"
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/second-factor/app/", {"code": code_of(secret)})
    assert answer.url == "/second-factor/recovery-codes/"
    codes = re.findall(r'collectory-value">(\d{8})<', text(client.get(answer.url)))
    assert len(codes) == 10
    return client, secret, codes


def half_way(login: dict[str, str] = GOOD) -> Client:
    """A client that has given the password only."""
    client = Client()
    answer = client.post("/sign-in/", login)
    assert answer.status_code == 302 and answer.url.startswith("/sign-in/second-factor/")
    return client


def test_signing_in_takes_a_code(with_app: tuple[Client, str, list[str]]) -> None:
    _, secret, codes = with_app
    before = TermsAcceptance.objects.count()
    client = half_way()
    assert client.get("/collections/").status_code == 302, "the password alone opens nothing"
    assert TermsAcceptance.objects.count() == before
    assert "The code is not right" in text(client.post("/sign-in/second-factor/", {"code": "000000"}))
    code = code_of(secret)
    assert client.post("/sign-in/second-factor/", {"code": code}).url == "/collections/"
    assert client.get("/collections/").status_code == 200
    assert TermsAcceptance.objects.count() == before + 1, "the box was ticked before the code"
    again = half_way()
    assert again.post("/sign-in/second-factor/", {"code": code}).status_code == 200, "a code works once"
    assert again.post("/sign-in/second-factor/", {"code": codes[0]}).status_code == 302
    assert half_way().post("/sign-in/second-factor/", {"code": codes[0]}).status_code == 200, "so does a recovery code"
    said = list(AccessLog.objects.values_list("action", "subject"))
    assert ("sign-in failed", "wrong code") in said and ("second factor added", "authenticator app") in said


def test_codes_cannot_be_guessed(with_app: tuple[Client, str, list[str]]) -> None:
    _, secret, _ = with_app
    client = half_way()
    for _ in range(6):
        answer = client.post("/sign-in/second-factor/", {"code": "000000"})
    assert "Too many attempts" in text(answer)
    assert client.post("/sign-in/second-factor/", {"code": code_of(secret)}).status_code == 200, (
        "not even the right one"
    )


def test_secrets_are_sealed_in_the_database(with_app: tuple[Client, str, list[str]]) -> None:
    _, secret, _ = with_app
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new key, while the old one may still be read"
    adapter = second_factor.SecondFactorAdapter()
    assert adapter.decrypt(stored) == secret
    settings.SECRET_KEY_FALLBACKS = []
    assert adapter.decrypt(stored) not in {secret, ""}, "nor a key that somebody could guess"


@pytest.fixture(autouse=True)
def _keys(settings: object) -> None:
    settings.SECRET_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    settings.SECRET_KEY = "the tests' key"  # type: ignore[attr-defined]
    settings.MFA_TOTP_TOLERANCE = 1  # type: ignore[attr-defined] - a test may begin at the end of half a minute


def test_a_role_that_needs_one_gets_no_further_without(collection: DataCollection, settings: object) -> None:
    settings.SECOND_FACTOR_ROLES = ["collector"]  # type: ignore[attr-defined]
    client = Client()
    client.post("/sign-in/", GOOD)
    for address in ["/collections/", "/organisation/", "/collections/school-census-2021-autumn/8554001/"]:
        assert client.get(address).url == "/second-factor/"
    assert "Your role (Collector) needs a second factor" in text(client.get("/second-factor/"))
    assert client.get("/second-factor/app/").status_code == 200 and client.get("/terms/").status_code == 200
    school = Client()
    school.post("/sign-in/", {**GOOD, "login": "harcourt"})
    assert school.get("/collections/").status_code == 200


def test_the_last_one_stays_where_the_role_needs_it(with_app: tuple[Client, str, list[str]], settings: object) -> None:
    client, _, _ = with_app
    settings.SECOND_FACTOR_ROLES = ["collector"]  # type: ignore[attr-defined]
    assert "Your role needs a second factor" in text(client.post("/second-factor/app/remove/"))
    assert Authenticator.objects.filter(type="totp").exists()
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]
    assert client.post("/second-factor/app/remove/").status_code == 302
    assert not Authenticator.objects.exists(), "recovery codes go with it"


def test_removing_asks_for_the_password_when_it_was_given_long_ago(with_app: tuple[Client, str, list[str]]) -> None:
    client, _, _ = with_app
    session = client.session
    for one in session["account_authentication_methods"]:
        one["at"] -= 600
    session.save()
    answer = client.get("/second-factor/app/remove/")
    assert answer.status_code == 302 and answer.url.startswith("/sign-in/again/")
    assert "The password is not right" in text(client.post(answer.url, {"password": "wrong"}))
    assert client.post(answer.url, {"password": DEMONSTRATION_PASSWORD}).url == "/second-factor/app/remove/"
    assert client.get("/second-factor/app/remove/").status_code == 200


def test_taking_it_away_ends_the_sessions(with_app: tuple[Client, str, list[str]]) -> None:
    client, _, _ = with_app
    assert client.get("/collections/").status_code == 200
    second_factor.remove_all(User.objects.get(username="department"))
    assert client.get("/collections/").status_code == 302
    assert Client().post("/sign-in/", GOOD).url == "/collections/"
