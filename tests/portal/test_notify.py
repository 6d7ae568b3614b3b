"""Mails through GOV.UK Notify, spoken to over HTTP in a process of its own that speaks its interface."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.core.mail import EmailMessage, send_mail

from collectory.portal.telling.services.mailing import NotSent
from tests.portal.service import free_port

SERVICE = "6f7d3f0e-58a1-4b7a-9d53-0c1f5f2a8b11"
SECRET = "0d9a1c7e-2b64-4f19-8c3e-7a5b6c4d3e2f"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    command = [sys.executable, str(Path(__file__).with_name("notify_server.py")), SERVICE, SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


@pytest.fixture
def notify(port: int, settings: Any) -> str:
    settings.EMAIL_BACKEND = "collectory.portal.telling.notify.EmailBackend"
    settings.NOTIFY_KEY = f"test-{SERVICE}-{SECRET}"
    settings.NOTIFY_TEMPLATE = "b4d1c6e2-template"
    settings.NOTIFY_URL = f"http://127.0.0.1:{port}"
    return str(settings.NOTIFY_URL)


def send(address: str) -> None:
    EmailMessage("A subject", "Words – ’so’", None, [address], headers={"Message-ID": f"<{address}>"}).send()


def taken(notify: str) -> list[dict[str, Any]]:
    with urlopen(f"{notify}/taken") as answer:
        return list(json.load(answer))


def test_every_mail_of_the_service_goes_through_it(notify: str) -> None:
    send("office@example.org")
    assert taken(notify)[-1] == {
        "email_address": "office@example.org",
        "template_id": "b4d1c6e2-template",
        "personalisation": {"subject": "A subject", "message": "Words – ’so’"},
        "reference": "<office@example.org>",
    }
    assert send_mail("An invitation", "Words", None, ["new@example.org"]) == 1
    assert taken(notify)[-1]["email_address"] == "new@example.org"


def test_what_it_refuses_was_surely_not_sent(notify: str, settings: Any) -> None:
    with pytest.raises(NotSent):
        send("refuse@example.org")
    settings.NOTIFY_KEY = f"test-{SERVICE}-{SECRET[::-1]}"
    with pytest.raises(NotSent):
        send("wrong-key@example.org")
    settings.NOTIFY_URL = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(NotSent):
        send("nobody-there@example.org")


def test_where_an_answer_is_lost_it_is_asked(notify: str) -> None:
    send("lose@example.org")
    assert [one["email_address"] for one in taken(notify)].count("lose@example.org") == 1
    with pytest.raises(NotSent):
        send("break@example.org")
