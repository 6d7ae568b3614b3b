"""A passkey in a real browser with a virtual authenticator, and the authenticator app with scripts off."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import BrowserContext, expect

from collectory.portal.people.models import AccessLog
from tests.portal.live import Live, give_password, live, needs_chromium, window
from tests.portal.test_journey import Looked

__all__ = ["live", "window"]
pytestmark = needs_chromium


def test_passkey(live: Live, window: Callable[..., BrowserContext]) -> None:
    context = window()
    looked = Looked(context, live, scripts=True)
    page = looked.page
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})

    give_password(page, live)
    page.goto(f"{live.address}/second-factor/")
    looked.check("Second factor")
    page.get_by_role("button", name="Add a passkey").click()
    looked.check("Add a passkey")
    page.get_by_label("Name of the passkey").fill("Office computer")
    page.get_by_role("button", name="Add the passkey").click()
    looked.check("Recovery codes")
    page.get_by_role("link", name="Second factor", exact=True).click()
    expect(page.get_by_text("Office computer, set up on")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    give_password(page, live)
    looked.check("Confirm that it is you")
    page.goto(f"{live.address}/collections/")
    expect(page.locator("h1")).to_have_text("Confirm that it is you")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("h1")).to_have_text("My data collections")

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("h1")).to_have_text("My data collections")
    expect(page.get_by_text("Signed in as Amina Osei")).to_be_visible()
    assert looked.faults == []
    assert AccessLog.objects.filter(action="signed in").count() == 3
    context.close()


def test_app_without_scripts(live: Live, window: Callable[..., BrowserContext]) -> None:
    context = window(java_script_enabled=False)
    looked = Looked(context, live, scripts=False)
    page = looked.page
    give_password(page, live)
    page.goto(f"{live.address}/second-factor/passkeys/add/")
    expect(page.get_by_text("Passkeys need scripts")).to_be_visible()
    expect(page.get_by_role("button", name="Add the passkey")).to_have_count(0)
    page.get_by_role("link", name="An authenticator app").click()
    looked.check("Set up an authenticator app")
    secret = (page.locator("#key").text_content() or "").replace(" ", "")

    def code() -> str:
        time.sleep(max(0, 5 - (30 - time.time() % 30)))  # not at the end of its half minute
        return format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    page.get_by_label("Code").fill(code())
    page.get_by_role("button", name="Set up").click()
    looked.check("Recovery codes")
    page.get_by_role("button", name="Sign out").click()
    give_password(page, live)
    looked.check("Confirm that it is you")
    page.get_by_label("Code").fill(code())
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("h1")).to_have_text("My data collections")
    context.close()
