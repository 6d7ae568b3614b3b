"""Signing in through a real OpenID Connect provider, which runs in a process of its own, in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from collectory.portal.people.models import AccessLog, Membership, Organisation, Role, User
from tests.portal.live import Live, live, needs_chromium, window
from tests.portal.oidc_provider import CLIENT, SECRET
from tests.portal.service import free_port, wait_for

__all__ = ["live", "window"]
pytestmark = needs_chromium


@pytest.fixture
def provider(live: Live, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The provider, known to the portal; gives its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "tests.portal.oidc_provider", str(port)]
    command += [f"{live.address}/sign-in/with/provider/back/", f"{live.address}/sign-in/"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env={**kept, "OAUTHLIB_INSECURE_TRANSPORT": "1"}, stdout=log, stderr=log)
    settings.PROVIDER_SERVER = f"{address}/o"
    settings.PROVIDER_NAME = "Example Sign-in"
    settings.PROVIDER_ORGANISATION = "organisation.localAuthority.code+organisation.establishmentNumber"
    settings.PROVIDER_ROLE = "role"
    settings.PROVIDER_ROLES = {"DataManager": "source"}
    app = {
        "provider_id": "provider",
        "name": "Example Sign-in",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": settings.PROVIDER_SERVER},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
    known = f"{address}/o/.well-known/openid-configuration"
    wait_for(lambda: urlopen(known, timeout=5).status == 200, "the provider answers")
    yield address
    process.terminate()
    process.wait()


def come_in(page: Page, live: Live, name: str) -> None:
    """Go to the provider and sign in there."""
    page.goto(f"{live.address}/sign-in/")
    page.get_by_role("link", name="Sign in with Example Sign-in").click()
    page.get_by_role("link", name=name, exact=True).click()


def test_placed_by_the_claims_and_out_again(
    live: Live, provider: str, settings: Any, window: Callable[..., BrowserContext]
) -> None:
    page = window().new_page()
    come_in(page, live, "placed")
    expect(page.locator("h1")).to_have_text("Agree to the terms of use")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("You cannot go on without it").first).to_be_visible()
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("h1")).to_have_text("My data collections")
    expect(page.get_by_text("Signed in as Ngozi Ward")).to_be_visible()
    made = Membership.objects.get(user__email="ngozi@school.example")
    assert (made.role, made.organisation.native_id, made.from_provider) == ("source", "8554002", True)
    assert SocialAccount.objects.get().extra_data == {}, "claims are used, not kept"
    assert "provider" in AccessLog.objects.filter(action="signed in").get().subject

    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    page.goto(f"{provider}/who/")
    expect(page.locator("body")).to_have_text("nobody")

    # What an approver takes away stays away, whatever the provider goes on to say.
    Membership.objects.filter(pk=made.pk).update(archived_at=made.user.date_joined)
    come_in(page, live, "placed")
    expect(page.locator("h1")).to_have_text("You have no access yet")
    Membership.objects.filter(pk=made.pk).update(archived_at=None, role=Role.SOURCE_VIEWER)
    page.context.clear_cookies()
    come_in(page, live, "placed")
    expect(page.locator("h1")).to_have_text("My data collections")
    mine = {(one.role, one.archived_at is None) for one in Membership.objects.filter(user=made.user)}
    assert mine == {("source", True), ("source_viewer", False)}, "what the provider gave and says no more is archived"

    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = f"http://localhost:{free_port()}/o"
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("You are signed out of Collectory")
    expect(page.get_by_text("You are still signed in to Example Sign-in, which we could not reach")).to_be_visible()
    page.goto(f"{live.address}/collections/")
    expect(page.locator("h1")).to_have_text("Sign in")


def test_known_by_a_verified_address_once(live: Live, provider: str, window: Callable[..., BrowserContext]) -> None:
    User.objects.filter(username="harcourt").update(email="amina@school.example")
    page = window().new_page()
    come_in(page, live, "not-verified")
    expect(page.locator("h1")).to_have_text("You have no access yet")
    page.context.clear_cookies()
    come_in(page, live, "known-by-mail")
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Signed in as Amina Osei")).to_be_visible()
    User.objects.filter(username="harcourt").update(email="another@school.example")
    page.context.clear_cookies()
    come_in(page, live, "known-by-mail")
    expect(page.get_by_text("Signed in as Amina Osei")).to_be_visible()


def test_somebody_unknown_learns_whom_to_ask(live: Live, provider: str, window: Callable[..., BrowserContext]) -> None:
    approver = User.objects.create_user("approver", first_name="Bola", last_name="Price")
    school = Organisation.objects.get(native_id="8554001")
    Membership.objects.create(user=approver, organisation=school, role=Role.APPROVER)
    page = window().new_page()
    come_in(page, live, "unknown")
    expect(page.locator("h1")).to_have_text("You have no access yet")
    expect(page.get_by_text("Bola Price")).to_be_visible()
    assert not SocialAccount.objects.exists()
    page.goto(f"{live.address}/collections/")
    expect(page.locator("h1")).to_have_text("Sign in")


def test_an_answer_that_was_not_asked_for(live: Live, provider: str) -> None:
    client = Client()
    answer = client.get("/sign-in/with/provider/back/?code=stolen&state=made-up")
    assert answer.status_code == 403 and "You are not signed in" in answer.content.decode()
    assert client.get("/sign-in/with/another/").status_code == 404
