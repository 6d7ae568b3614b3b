"""The frame of the service: settings in earnest, migrations, headers, storage, limits, logs."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from collectory.portal import storage
from collectory.portal.returns.models import Return
from collectory.portal.security import WithoutDetails
from tests.portal.census_files import census

SignedIn = Callable[[str], Client]
UPLOAD = "/collections/school-census-2021-autumn/8554001/upload/"


def portal(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a management command in a process and an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLLECTORY_", "DJANGO_"))}
    kept.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "collectory.portal", *arguments]
    return subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False)


def earnest(folder: Path) -> dict[str, str]:
    """The environment of a service that runs in earnest."""
    return {
        "COLLECTORY_DATA": str(folder),
        "COLLECTORY_SECRET_KEY": "".join(chr(33 + n * 7 % 90) for n in range(70)),
        "COLLECTORY_HOSTS": "census.example.org",
        "COLLECTORY_ADDRESS": "https://census.example.org",
    }


def test_check_deploy_is_clean(tmp_path: Path) -> None:
    done = portal("check", "--deploy", "--fail-level", "WARNING", **earnest(tmp_path))
    assert done.returncode == 0, done.stderr


def test_without_a_key_it_does_not_start_in_earnest(tmp_path: Path) -> None:
    done = portal("check", COLLECTORY_DATA=str(tmp_path))
    assert done.returncode != 0 and "COLLECTORY_SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["", "http://census.example.org", "census.example.org", "https://a.example/b"])
def test_links_in_mails_need_the_address_of_the_service(address: str, tmp_path: Path) -> None:
    done = portal("check", **{**earnest(tmp_path), "COLLECTORY_ADDRESS": address})
    assert done.returncode != 0 and "collectory.E002" in done.stderr


def test_it_refuses_demonstration_passwords_when_debug_is_off(tmp_path: Path) -> None:
    demonstration = {"COLLECTORY_DATA": str(tmp_path), "COLLECTORY_DEBUG": "1"}
    assert portal("prepare", **demonstration).returncode == 0
    assert portal("demonstration", **demonstration).returncode == 0
    done = portal("serve", "--port", "0", **earnest(tmp_path))
    assert done.returncode != 0 and "public password" in done.stderr and "Traceback" not in done.stderr
    done = portal("check", "--database", "default", **earnest(tmp_path))
    assert done.returncode != 0 and "collectory.E001" in done.stderr
    assert portal("demonstration", **earnest(tmp_path)).returncode != 0, "and makes none in earnest"


def test_static_files_can_be_collected(tmp_path: Path) -> None:
    done = portal("collectstatic", "--no-input", **earnest(tmp_path))
    assert done.returncode == 0, done.stderr
    page = next((tmp_path / "static" / "collectory").glob("page.*.js")).read_text()
    assert "govuk-frontend.min." in page and 'from "../built/govuk-frontend.min.js"' not in page


@pytest.mark.django_db
def test_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


@pytest.mark.django_db
def test_every_page_carries_the_policy(signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    for address in ["/sign-in/", "/collections/", "/help/", "/nowhere/", UPLOAD]:
        answer = client.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_no_page_has_inline_scripts_or_styles() -> None:
    import re

    templates = Path(storage.__file__).parent / "jinja2"
    found = list(templates.rglob("*.html"))
    assert len(found) > 15
    for path in found:
        source = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", source), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source)), path


def test_no_crown_no_logo_no_licensed_typeface() -> None:
    built = Path(storage.__file__).parent / "static" / "built" / "collectory.css"
    css = built.read_text()
    for forbidden in ["GDS Transport", "crest", "crown", "@font-face"]:
        assert forbidden not in css


@pytest.mark.django_db
def test_forms_are_protected(signed_in: SignedIn) -> None:
    signed = signed_in("harcourt")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed.cookies
    answer = strict.post(UPLOAD, {"file": SimpleUploadedFile("a.xml", b"<a/>")})
    assert answer.status_code == 403 and "out of date" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_over_the_limit_is_stopped_and_said(signed_in: SignedIn, census_return: Return, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 1024 * 1024
    client = signed_in("harcourt")
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile("big.xml", b" " * (1024 * 1024 + 1))})
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "The file is too large" in page and "larger than 1 MB" in page and "big.xml" in page
    upload = census_return.uploads.get()
    assert (upload.outcome, upload.refusal_code, upload.sha256) == ("refused", "too-large", "")
    just = client.post(UPLOAD, {"file": SimpleUploadedFile("ok.xml", b" " * (1024 * 1024))})
    assert just.status_code == 302 and census_return.uploads.exclude(pk=upload.pk).get().sha256


@pytest.mark.django_db(transaction=True)
def test_upload_form_problems(signed_in: SignedIn, census_return: Return) -> None:
    client = signed_in("harcourt")
    assert "Choose the file to upload." in client.post(UPLOAD, {}).content.decode()
    blank = client.post(UPLOAD, {"file": SimpleUploadedFile("a.xml", b"")})
    assert "The file is blank" in client.get(blank.url).content.decode()
    assert client.post(UPLOAD, {"file": "not a file"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_progress_without_and_with_a_script(signed_in: SignedIn, census_return: Return) -> None:
    from tests.portal.conftest import work_off

    client = signed_in("harcourt")
    address = client.post(UPLOAD, {"file": SimpleUploadedFile("a.xml", census(14))}).url
    waiting = client.get(address).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in waiting
    assert "Waiting to be read" in waiting and "0%" in waiting
    state = client.get(f"{address}progress/").json()
    assert state == {"finished": False, "stage": "Waiting to be read", "percentage": 0}
    work_off()
    assert client.get(f"{address}progress/").json()["finished"] is True
    assert "Your file is loaded and validated" in client.get(address).content.decode()
    assert signed_in("wharf").get(address).status_code == 404


def test_blobs_are_whole_and_private() -> None:
    sha256 = storage.save(b"a table")
    assert storage.save(b"a table") == sha256 and storage.read(sha256) == b"a table"
    from django.core.files.storage import default_storage

    path = Path(default_storage.path(f"{sha256[:2]}/{sha256[2:4]}/{sha256}"))
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == [sha256], "nothing unfinished is left beside it"
    with pytest.raises(ValueError, match="not a SHA-256"):
        storage.read("../../secret-key")
    with pytest.raises(FileNotFoundError):
        storage.read("0" * 64)


def test_logs_keep_the_place_and_drop_the_text() -> None:
    secret = "Surname Example, UPN A855400119001"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(WithoutDetails())
    log = logging.getLogger("test-of-logs")
    log.addHandler(handler)
    log.propagate = False
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("upload 3 broke off")
    written = stream.getvalue()
    assert "upload 3 broke off" in written and "ValueError" in written and "test_service.py" in written
    assert "Example" not in written and "A855400119001" not in written


def test_layers() -> None:
    """Engine, blade and blades import neither Django nor the portal."""
    code = (
        "import sys, collectory.engine, collectory; collectory.blades();"
        "print([name for name in sys.modules if name.startswith(('django', 'collectory.portal'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
