"""The portal in a thread of the test and a real browser before it: quicker than a whole service, for a few pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.test_journey import CHROMIUM, FLAGS

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)")


class Live:
    """Where the portal is. By name: a passkey belongs to a name, not to a number."""

    def __init__(self, url: str) -> None:
        self.address = url.replace("127.0.0.1", "localhost")


@pytest.fixture
def live(live_server: Any, collection: DataCollection, monkeypatch: pytest.MonkeyPatch) -> Live:
    """The portal with the demonstration's people."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread; nothing here awaits
    return Live(live_server.url)


@pytest.fixture
def window(live: Live) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows of a browser. Begun after the database and closed before it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_context
        browser.close()


def give_password(page: Page, live: Live, username: str = "harcourt") -> None:
    """The first step of signing in."""
    page.goto(f"{live.address}/sign-in/")
    fill_sign_in(page, username)


def fill_sign_in(page: Page, username: str = "harcourt") -> None:
    """Fill in and send the sign-in page that is open."""
    page.get_by_label("User name", exact=True).fill(username)
    page.get_by_label("Password", exact=True).fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in", exact=True).click()
