"""The main journey in a real browser, with scripts and without, every page looked at by axe."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from tests.portal.service import Service

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in BROWSERS if (path := shutil.which(name))), None)
"""The same engine; the first, without windows, takes half the processor time."""

pytestmark = [
    pytest.mark.own_service,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

WIDER = """[...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > 320).map((one) => one.outerHTML.slice(0, 150))"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


ANSWERED = re.compile(r"responded with a status of (409|422)")


class Looked:
    """A page that is looked at: by axe, for faults in the console, and for anything from elsewhere.

    The browser writes a line to its console, at a moment of its own choosing, for every form that is answered with
    its errors (422) or with what somebody else changed (409): those pages are the service's answer and are read.
    """

    def __init__(self, context: BrowserContext, service: Service, *, scripts: bool) -> None:
        self.page: Page = context.new_page()
        self.scripts = scripts
        self.faults: list[str] = []
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", lambda line: self.faults.append(line.text) if self.is_fault(line) else None)
        self.page.on(
            "request",
            lambda request: None if request.url.startswith(service.address) else self.faults.append(request.url),
        )

    @staticmethod
    def is_fault(line: ConsoleMessage) -> bool:
        """Whether a line of the console tells of a fault of ours."""
        return line.type == "error" and ANSWERED.search(line.text) is None

    def check(self, heading: str) -> None:
        """The page has this heading, nothing wrong with it, and fits a narrow screen."""
        expect(self.page.locator("h1")).to_have_text(heading)
        self.page.wait_for_load_state()  # the heading is there before the stylesheet is
        assert self.faults == []
        if self.scripts:
            found = Axe().run(self.page, options={"runOnly": RULES})
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
        self.page.set_viewport_size({"width": 320, "height": 640})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 320, self.page.evaluate(WIDER)
        self.page.set_viewport_size({"width": 1100, "height": 800})


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_school_sends_its_census(scripts: bool, chromium: Browser, service: Service) -> None:
    context = chromium.new_context(java_script_enabled=scripts, base_url=service.address)
    look = Looked(context, service, scripts=scripts)
    page = look.page
    to_try = service.data / "to-try"
    put_right = to_try / "8554001_SC3_855LL21_002.XML"
    # What the sample leaves open is another test's business.
    service.ask(
        "from collectory.portal.collections.models import *;"
        "DataCollection.objects.update(errors_at_submission='open', queries_at_submission='open')"
    )

    page.goto("/")
    look.check("Sign in")
    page.get_by_role("button", name="Sign in").click()
    look.check("Sign in")
    expect(page.get_by_role("alert")).to_contain_text("Tick the box to agree to the terms of use")
    page.get_by_label("User name").fill("harcourt")
    page.get_by_label("Password").fill(DEMONSTRATION_PASSWORD)
    page.get_by_label("I agree to the terms of use").check()
    page.get_by_role("button", name="Sign in").click()

    look.check("My data collections")
    expect(page.get_by_role("radio")).to_be_checked()
    page.get_by_role("button", name="Select data collection").click()
    look.check("My data return")
    expect(page.get_by_text("The status of your data return: No data")).to_be_visible()
    expect(page.get_by_role("button", name="Submit return")).to_have_count(0)

    page.get_by_role("button", name="Upload return from file").click()
    look.check("Upload return from file")
    wrong = to_try / "wrong.xml"
    wrong.write_bytes(put_right.read_bytes()[:-300])
    page.get_by_label("The return's file").set_input_files(wrong)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("Your file was refused")).to_be_visible(timeout=60_000)
    look.check(page.locator("h1").inner_text())
    expect(page.get_by_text("The return holds no data.")).to_be_visible()

    page.get_by_role("button", name="Upload another file").click()
    page.get_by_label("The return's file").set_input_files(put_right)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("heading", name="Your file is loaded and validated")).to_be_visible(timeout=60_000)
    look.check("Your file is loaded and validated")
    expect(page.get_by_text("1,500").first).to_be_visible()

    page.get_by_role("link", name="Back to my data return").click()
    look.check("My data return")
    expect(page.get_by_text("The status of your data return: Loaded and validated")).to_be_visible()
    page.get_by_role("button", name="Submit return").click()
    look.check("Submit return")
    page.get_by_role("button", name="Submit return").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box to make the declaration")
    look.check("Submit return")
    page.get_by_label("I have checked this return").check()
    page.get_by_role("button", name="Submit return").click()
    look.check("Return submitted")
    expect(page.get_by_text(hashlib.sha256(put_right.read_bytes()).hexdigest())).to_be_visible()
    expect(page.get_by_text("8554001_SC3_855LL21_002.XML")).to_be_visible()
    expect(page.get_by_role("button", name="Print this receipt")).to_have_count(1 if scripts else 0)

    page.get_by_role("link", name="Back to my data return").click()
    expect(page.get_by_text("The status of your data return: Submitted")).to_be_visible()
    for link, heading in [
        ("Withdraw the submission", "Withdraw the submission"),
        ("History of this return", "History of this return"),
        ("Receipt of your submission", "Return submitted"),
    ]:
        page.get_by_role("link", name=link).click()
        look.check(heading)
        page.go_back()
    for button, heading in [("Upload return from file", "Upload return from file"), ("Delete return", "Delete return")]:
        page.get_by_role("button", name=button).click()
        look.check(heading)
        page.go_back()
    for address, heading in [("/help/", "Help"), ("/terms/", "Terms of use"), ("/accessibility/", "Accessibility")]:
        page.goto(address)
        look.check(heading)
    page.get_by_role("button", name="Sign out").click()
    look.check("Sign in")
    context.close()


def test_the_progress_page_shows_stages_and_renews_itself(chromium: Browser, service: Service) -> None:
    """With the worker held still, the page waits; let go, it comes to the result by itself, either way."""
    import os
    import signal

    for scripts in [True, False]:
        context = chromium.new_context(java_script_enabled=scripts, base_url=service.address)
        look = Looked(context, service, scripts=scripts)
        page = look.page
        page.goto("/")
        page.get_by_label("User name").fill("harcourt")
        page.get_by_label("Password").fill(DEMONSTRATION_PASSWORD)
        page.get_by_label("I agree to the terms of use").check()
        page.get_by_role("button", name="Sign in").click()
        page.goto("/collections/school-census-2021-autumn/8554001/upload/")
        file = service.data / "to-try" / f"8554001_SC3_855LL21_00{1 if scripts else 2}.XML"
        page.get_by_label("The return's file").set_input_files(file)
        worker = service.worker()
        assert worker is not None
        os.kill(worker, signal.SIGSTOP)
        page.get_by_role("button", name="Upload", exact=True).click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        look.check("Checking your file")
        os.kill(worker, signal.SIGCONT)
        expect(page.get_by_role("heading", name="Your file is loaded and validated")).to_be_visible(timeout=60_000)
        context.close()
