"""A whole service in processes of its own, as `make run` starts it: to be used, killed and started again."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.supervise import die_with_parent

PATIENCE = float(os.environ.get("COLLECTORY_TEST_PATIENCE", "180"))  # seconds; a crowded machine may need more


def wait_for(what: Callable[[], Any], why: str) -> Any:
    """Ask until the answer is true; fail with `why` when it never is."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if found := what():
                return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {why}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """The portal and its worker on a data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLLECTORY_", "DJANGO_"))}
        self.environment = {**kept, "COLLECTORY_DEBUG": "1", "COLLECTORY_DATA": str(data)}
        if "DATABASE_URL" in kept:  # its own database, whatever the tests beside it run on
            del self.environment["DATABASE_URL"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "collectory.portal", "serve", "--demonstration", "--web-workers", "1"]
        command += ["--port", str(self.port)]
        with (self.data / "log").open("ab") as log:
            # A test run that is killed takes its services with it.
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509
            )
        try:
            wait_for(lambda: urlopen(f"{self.address}/health/", timeout=5).status == 200, "the service answers")
        except BaseException:
            self.kill_everything()  # nobody else will: a fixture that fails while it starts is not torn down
            raise

    def children(self) -> dict[int, str]:
        """The processes below the supervisor, with their command lines."""
        assert self.process is not None
        found: dict[int, str] = {}
        parents = {self.process.pid}
        for _ in range(3):
            for status in Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError):
                    pid = int(status.parent.name)
                    parent = int(status.read_text().rsplit(")", 1)[1].split()[1])
                    if parent in parents and pid not in found:
                        line = (status.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                        found[pid] = line
                        parents.add(pid)
        return found

    def worker(self) -> int | None:
        """The worker's process."""
        return next((pid for pid, line in self.children().items() if "collectory.portal worker" in line), None)

    def kill_everything(self) -> None:
        """kill -9 of the supervisor and all below it, at once."""
        assert self.process is not None
        for pid in [self.process.pid, *self.children()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ctrl-C, and wait; gives the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def ask(self, question: str) -> str:
        """Run a line of Python inside the portal, beside the service, and give what it prints."""
        command = [sys.executable, "-m", "collectory.portal", "shell", "--no-imports", "-c", question]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout.strip()


class Visitor:
    """A person at a browser without scripts, reduced to what a test needs."""

    def __init__(self, service: Service, username: str = "harcourt") -> None:
        import urllib.request
        from http.cookiejar import CookieJar

        self.service = service
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        token = self._token("/sign-in/")
        form = {"csrfmiddlewaretoken": token, "login": username, "password": DEMONSTRATION_PASSWORD, "agree": "on"}
        from urllib.parse import urlencode

        self.opener.open(f"{service.address}/sign-in/", urlencode(form).encode())

    def page(self, path: str) -> str:
        """The text of a page."""
        with self.opener.open(self.service.address + path, timeout=30) as answer:
            return str(answer.read().decode())

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(path))
        assert found
        return found[1]

    def upload(
        self,
        content: bytes,
        path: str = "/collections/school-census-2021-autumn/8554001/upload/",
        name: str = "census.xml",
    ) -> tuple[str, str]:
        """Hand in a file by a form; gives the address that follows and its page."""
        from urllib.request import Request

        line = "----collectory-test"
        token = self._token("/help/")
        head = (
            f'--{line}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
            f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: text/xml\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{line}--\r\n".encode()
        request = Request(self.service.address + path, body, {"Content-Type": f"multipart/form-data; boundary={line}"})
        with self.opener.open(request, timeout=60) as answer:
            return str(answer.url), str(answer.read().decode())
