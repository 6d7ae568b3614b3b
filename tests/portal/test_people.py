"""Signing in and out, terms of use, limits on attempts and on idleness, choosing an organisation."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD, refuse_demonstration_passwords
from collectory.portal.people.models import Membership, Organisation, Role, TermsAcceptance, User

pytestmark = pytest.mark.django_db
GOOD = {"login": "harcourt", "password": DEMONSTRATION_PASSWORD, "agree": "on"}


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def test_signing_in_keeps_the_version_of_the_terms_and_the_time(collection: DataCollection) -> None:
    client = Client()
    answer = client.post("/sign-in/", GOOD)
    assert answer.status_code == 302 and answer.url == "/collections/"
    accepted = TermsAcceptance.objects.get()
    assert accepted.version == settings.TERMS_VERSION and accepted.user.username == "harcourt"
    page = text(client.get("/collections/"))
    for shown in ["Amina Osei", "Source", "Harcourt Spinney Academy", "8554001", "Sign out", "Demonstration"]:
        assert shown in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"agree": ""}, "Tick the box to agree"),
        ({"password": "wrong"}, "do not match"),
        ({"login": "nobody"}, "do not match"),
        ({"login": ""}, "Enter your user name."),
        ({"password": ""}, "Enter your password."),
    ],
)
def test_what_keeps_people_out(changed: dict[str, str], said: str, collection: DataCollection) -> None:
    client = Client()
    answer = client.post("/sign-in/", {**GOOD, **changed})
    assert said in text(answer)
    assert f'value="{DEMONSTRATION_PASSWORD}"' not in text(answer)
    assert client.get("/collections/").status_code == 302
    assert not TermsAcceptance.objects.exists()


def test_the_address_asked_for_comes_after_signing_in_but_no_foreign_one(collection: DataCollection) -> None:
    wanted = "/collections/school-census-2021-autumn/8554001/"
    assert Client().get(wanted).url == f"/sign-in/?next={wanted}"
    assert Client().post("/sign-in/", {**GOOD, "next": wanted}).url == wanted
    assert Client().post("/sign-in/", {**GOOD, "next": "https://elsewhere.example/"}).url == "/collections/"


def test_wrong_passwords_are_limited(collection: DataCollection) -> None:
    client = Client()
    for _ in range(6):
        answer = client.post("/sign-in/", {**GOOD, "password": "wrong"})
    assert "Too many" in text(answer)
    assert "Too many" in text(client.post("/sign-in/", GOOD)), "not even the right one now"
    other = client.post("/sign-in/", {**GOOD, "login": "wharf"})
    assert other.status_code == 302, "another account is not locked with it"


def test_attempts_from_one_address_are_limited(collection: DataCollection) -> None:
    client = Client()
    statuses = [client.post("/sign-in/", {**GOOD, "login": f"name{n}"}).status_code for n in range(40)]
    assert 429 in statuses
    assert "Too many attempts" in text(client.post("/sign-in/", GOOD))


def test_signing_out_ends_the_session(collection: DataCollection) -> None:
    client = Client()
    client.post("/sign-in/", GOOD)
    assert client.get("/sign-out/").status_code == 200, "a mere link asks first"
    assert client.get("/collections/").status_code == 200
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/collections/").status_code == 302


def test_an_idle_session_ends_and_a_used_one_does_not(collection: DataCollection) -> None:
    client = Client()
    client.post("/sign-in/", GOOD)
    assert client.session.get_expiry_age() == settings.SESSION_MINUTES * 60
    from django.contrib.sessions.models import Session

    row = Session.objects.get()
    row.expire_date = timezone.now() + dt.timedelta(seconds=5)
    row.save()
    client.get("/collections/")
    row.refresh_from_db()
    assert row.expire_date > timezone.now() + dt.timedelta(minutes=settings.SESSION_MINUTES - 1)
    row.expire_date = timezone.now() - dt.timedelta(seconds=1)
    row.save()
    assert client.get("/collections/").status_code == 302


def test_nobody_makes_an_account_for_themselves(collection: DataCollection) -> None:
    for address in ["/signup/", "/accounts/signup/", "/accounts/login/", "/admin/"]:
        assert Client().get(address).status_code == 404


def test_a_person_with_two_organisations_chooses(collection: DataCollection) -> None:
    user = User.objects.get(username="harcourt")
    second = Membership.objects.create(
        user=user, organisation=Organisation.objects.get(native_id="8552001"), role=Role.SOURCE
    )
    foreign = Membership.objects.get(user__username="wharf")
    client = Client()
    client.post("/sign-in/", GOOD)
    assert client.get("/collections/school-census-2021-autumn/8554001/").status_code == 403
    chosen = client.post(
        "/organisation/", {"membership": str(Membership.objects.get(user=user, organisation__native_id="8554001").pk)}
    )
    assert chosen.status_code == 302
    assert client.get("/collections/school-census-2021-autumn/8554001/").status_code == 200
    assert "Choose an organisation." in text(client.post("/organisation/", {"membership": str(foreign.pk)}))
    client.post("/organisation/", {"membership": str(second.pk)})
    assert client.get("/collections/school-census-2021-autumn/8552001/").status_code == 200
    assert client.get("/collections/school-census-2021-autumn/8554001/").status_code == 403


def test_demonstration_passwords_never_run_in_earnest(collection: DataCollection, settings: object) -> None:
    from django.core.exceptions import ImproperlyConfigured

    settings.DEBUG = True  # type: ignore[attr-defined]
    refuse_demonstration_passwords()
    settings.DEBUG = False  # type: ignore[attr-defined]
    with pytest.raises(ImproperlyConfigured, match="public password"):
        refuse_demonstration_passwords()
    for user in User.objects.filter(is_demonstration=True):
        user.set_password("a quite different pass phrase")
        user.save()
    refuse_demonstration_passwords()


def test_my_data_collections(collection: DataCollection) -> None:
    client = Client()
    client.post("/sign-in/", GOOD)
    page = text(client.get("/collections/"))
    assert page.count('type="radio"') == 1 and " checked" in page, "the only one is chosen already"
    chosen = client.post("/collections/", {"return": page.split('name="return"')[1].split('value="')[1].split('"')[0]})
    assert chosen.url == "/collections/school-census-2021-autumn/8554001/"
    assert "Choose a data collection." in text(client.post("/collections/", {}))
    trust = Organisation.objects.create(native_id="T901", name="Willow Trust", kind=Organisation.Kind.TRUST)
    Organisation.objects.filter(kind=Organisation.Kind.SCHOOL).update(trust=trust)
    Membership.objects.filter(user__username="wharf").update(organisation=trust)
    officer = Client()
    officer.post("/sign-in/", {**GOOD, "login": "wharf"})
    up = text(officer.get("/collections/?sort=organisation"))
    down = text(officer.get("/collections/?sort=-organisation"))
    assert up.index("Bramble Hill") < up.index("Wharf Lane") and down.index("Bramble Hill") > down.index("Wharf Lane")
    assert 'aria-sort="descending"' in down
