"""A session that ends: the warning, and that nothing typed is lost, in a real browser; and for each kind of form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from collectory.portal.people.models import KeptForm
from collectory.portal.returns.models import Return
from tests.portal.live import Live, fill_sign_in, give_password, live, needs_chromium, window
from tests.portal.test_journey import Looked

__all__ = ["live", "window"]
pytestmark = needs_chromium


def end_sessions() -> None:
    """Half an hour without activity."""
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(minutes=1))


def note_page(live: Live) -> str:
    return f"{live.address}/collections/school-census-2021-autumn/8554001/notes/return/"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_what_was_typed_comes_back(
    scripts: bool, live: Live, window: Callable[..., BrowserContext], lenient: None
) -> None:
    looked = Looked(window(java_script_enabled=scripts), live, scripts=scripts)
    page = looked.page
    give_password(page, live)
    if not scripts:
        expect(page.get_by_text("If you do nothing, you are signed out on")).to_be_visible()
    page.goto(note_page(live))
    box = page.locator(".collectory-note-form textarea")
    box.fill("The boiler broke; half of year 9 was away.")
    end_sessions()
    page.locator(".collectory-note-form button[type=submit]").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    kept = KeptForm.objects.get()
    assert kept.user.username == "harcourt" and "boiler" not in kept.sealed
    fill_sign_in(page)
    looked.check("We kept what you typed")
    expect(page.get_by_text("The boiler broke")).to_be_visible()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("The boiler broke; half of year 9 was away.").first).to_be_visible()
    assert not KeptForm.objects.exists(), "deleted when it was used"
    assert Return.objects.get(organisation__native_id="8554001").notes.count() == 1


def test_it_is_nobody_elses(live: Live, window: Callable[..., BrowserContext]) -> None:
    page = window().new_page()
    give_password(page, live)
    page.goto(note_page(live))
    page.locator(".collectory-note-form textarea").fill("Only for Amina.")
    end_sessions()
    page.locator(".collectory-note-form button[type=submit]").click()
    fill_sign_in(page, "wharf")
    expect(page.locator("h1")).to_have_text("My data collections")
    page.goto(f"{live.address}/kept/")
    expect(page.locator("h1")).to_have_text("My data collections")
    page.get_by_role("button", name="Sign out").click()
    fill_sign_in(page)
    page.goto(f"{live.address}/kept/")
    page.get_by_role("button", name="Throw it away").click()
    expect(page.locator("h1")).to_have_text("My data collections")
    assert not KeptForm.objects.exists()


def test_signed_in_again_in_another_window(live: Live, window: Callable[..., BrowserContext]) -> None:
    context = window()
    page, other = context.new_page(), context.new_page()
    give_password(page, live)
    page.goto(note_page(live))
    page.locator(".collectory-note-form textarea").fill("Typed before.")
    end_sessions()
    give_password(other, live)
    expect(other.locator("h1")).to_have_text("My data collections")
    page.locator(".collectory-note-form button[type=submit]").click()
    expect(page.locator("h1")).to_have_text("We kept what you typed")
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("Typed before.").first).to_be_visible()


def test_the_warning(live: Live, window: Callable[..., BrowserContext]) -> None:
    looked = Looked(window(), live, scripts=True)
    page = looked.page
    page.clock.install()
    give_password(page, live)
    expect(page.locator("h1")).to_have_text("My data collections")
    page.wait_for_load_state()  # the heading is there before the script that counts the minutes
    warning = page.get_by_role("dialog", name="Are you still there?")
    page.clock.fast_forward("27:00")
    expect(warning).to_be_hidden()
    page.clock.fast_forward("01:10")
    expect(warning).to_be_visible()
    looked.check("My data collections")
    before = Session.objects.get().expire_date
    with page.expect_response("**/session/") as answer:
        page.get_by_role("button", name="Stay signed in").click()
    assert answer.value.status == 204 and Session.objects.get().expire_date > before
    expect(warning).to_be_hidden()
    page.clock.fast_forward("28:10")
    expect(warning).to_be_visible()
    page.clock.fast_forward("02:10")
    expect(page.get_by_text("Sign in again to go on.")).to_be_visible()
    expect(page.get_by_role("dialog", name="You are signed out")).to_be_visible()
