"""Collectory on one computer: opened by its secret address, one person, nothing left behind unless asked for."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from collectory.engine import edition, read_tables
from collectory.engine.writing.xml import write_xml
from collectory.portal.desktop import folders
from tests.portal.test_journey import CHROMIUM, Looked, chromium  # noqa: F401 - a fixture

pytestmark = [pytest.mark.own_service]
RUN = "import sys; from collectory.cli import main; sys.exit(main())"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/enter/\S+/")


class Desktop:
    """A running `collectory desktop`, or `collectory` alone, in a home of the test's own."""

    def __init__(self, home: Path, *call: str) -> None:
        self.out = home / "out"
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, *call],
            stdout=self.out.open("w"),
            stderr=subprocess.STDOUT,
            env={**os.environ, "BROWSER": "true", "XDG_CACHE_HOME": str(home / "cache"), "COLLECTORY_DATA": ""},
        )
        while not (found := ADDRESS.search(self.out.read_text())):
            assert self.process.poll() is None, self.out.read_text()
            time.sleep(0.1)
        self.entry = found.group()
        self.address = self.entry.partition("/enter/")[0]

    @property
    def folders(self) -> list[Path]:
        """The folders in which this run keeps its data, where it keeps none that were named."""
        return [
            each for above in ("/dev/shm", "/tmp") for each in Path(above).glob(f"{folders.PREFIX}{self.process.pid}-*")
        ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the empty tables are kept between the runs of this module."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def desktop(home: Path) -> Iterator[Desktop]:
    running = Desktop(home, "desktop", "--no-browser")
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def census(path: Path, key: str, pupils: int, faults: float) -> Path:
    """A sample return of school 8554001 as a file."""
    of = edition(key)
    assert of.blade.sample is not None
    path.write_bytes(write_xml(read_tables(of.blade.sample(of, pupils, faults, 1, "8554001"), of)))
    return path


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian has it as chromium)")
def test_a_return_is_opened_and_nothing_is_left(desktop: Desktop, chromium: Browser, tmp_path: Path) -> None:  # noqa: F811
    (folder,) = desktop.folders
    context = chromium.new_context(base_url=desktop.address)
    look = Looked(context, desktop, scripts=True)  # type: ignore[arg-type]
    page = look.page
    page.goto(desktop.entry)
    look.check("Open a return")
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("no return")
    page.get_by_label("The return's file").set_input_files(wrong)
    page.get_by_role("button", name="Open and check").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look.check("Open a return")

    page.get_by_label("The return's file").set_input_files(
        census(tmp_path / "a.xml", "school-census-2021-autumn", 60, 0.1)
    )
    page.get_by_label("The return of the collection before").set_input_files(
        census(tmp_path / "b.xml", "school-census-2021-summer", 60, 0.0)
    )
    page.get_by_role("button", name="Open and check").click()
    expect(page.locator("h1")).to_have_text("Your file is loaded and validated", timeout=60_000)
    look.check("Your file is loaded and validated")
    page.get_by_role("link", name="Open a return").click()
    look.check("Open a return")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(3)
    page.get_by_role("link", name="School Census 2021 autumn").click()
    look.check("My data return")
    expect(page.get_by_text("Nothing is sent from this computer")).to_be_visible()

    page.get_by_role("link", name="Open a return").click()
    page.get_by_label("Form", exact=True).select_option("sen2-2014")
    page.get_by_label("Number of the authority or school").fill("855")
    page.get_by_role("button", name="Start the form").click()
    look.check("My data return")

    page.get_by_role("link", name="Open a return").click()
    page.get_by_role("button", name="Close and delete").click()
    look.check("Collectory is closed")
    assert desktop.process.wait(timeout=60) == 0
    assert not folder.exists()
    context.close()


def test_nobody_else_gets_in(desktop: Desktop) -> None:
    for path in ("/collections/", "/collections/school-census-2021-autumn/8554001/", "/enter/guessed/", "/sign-in/"):
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(desktop.address + path)
        assert answer.value.code == 403
    stranger = urllib.request.Request(desktop.address + "/collections/", headers={"Host": "elsewhere.example"})
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(stranger)
    assert answer.value.code == 400, "a page of another name that leads here is not answered"


def test_what_a_killed_run_left_goes_at_the_next_start(desktop: Desktop, home: Path) -> None:
    (left,) = desktop.folders
    desktop.process.kill()
    desktop.process.wait()
    assert left.exists()
    again = Desktop(home)
    assert not left.exists()
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(timeout=60) == 0
    assert not again.folders


def test_a_folder_is_kept_when_asked_for(home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        running = Desktop(home, "desktop", "--no-browser", "--keep", str(tmp_path / "mine"))
        assert not running.folders
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=60) == 0
    assert (tmp_path / "mine" / folders.DATABASE).exists()


def test_its_empty_tables_are_those_that_migrations_make(home: Path, db: None) -> None:
    from django.db import connection

    running = Desktop(home, "desktop", "--no-browser")
    running.process.kill()
    (made,) = (home / "cache" / "collectory").glob("empty-*.sqlite3")
    with connection.cursor() as cursor, sqlite3.connect(made) as ours:
        migrated = _tables_of(lambda query: cursor.execute(query).fetchall())
        assert _tables_of(lambda query: ours.execute(query).fetchall()) == migrated
        assert len(migrated) > 50
        done = "SELECT app, name FROM django_migrations ORDER BY app, name"
        assert ours.execute(done).fetchall() == cursor.execute(done).fetchall()


def _tables_of(ask: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, Any]:
    """For each table its columns, references and indexes, in an order that does not depend on when they were made."""
    names = [name for (name,) in ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
    return {
        name: (
            sorted(row[1:] for row in ask(f"PRAGMA table_xinfo({name})")),
            sorted(row[2:] for row in ask(f"PRAGMA foreign_key_list({name})")),
            sorted(
                (row[2], row[4], [column[2] for column in ask(f"PRAGMA index_info({row[1]})")])
                for row in ask(f"PRAGMA index_list({name})")
            ),
        )
        for name in names
        if name != "collectory_cache"
    }
