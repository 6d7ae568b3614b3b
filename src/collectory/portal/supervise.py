"""Keeps the web process and the worker running, and stops both when told to."""

from __future__ import annotations

import ctypes
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
PATIENCE = 20.0  # seconds that a child has to finish what it is doing after being asked to stop
QUICK_DEATH = 3.0
QUICK_DEATHS_ALLOWED = 5
SHORT_LIFE = 60.0  # who dies before this again and again is started again ever more slowly
LONGEST_WAIT = 30.0


def die_with_parent() -> None:
    """Have the kernel stop this process when the supervisor is killed, so that nothing keeps its port."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """A process that should always run."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = field(default=0)
    short_lives: int = field(default=0)
    start_at: float = 0.0
    ends: bool = False  # it has something to do once, and is not started again

    def start(self) -> None:
        """Start it, in a group of its own so that Ctrl-C reaches only the supervisor."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
        )

    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self.process is not None and self.process.poll() is None


def web(host: str, port: int, workers: int) -> Child:
    """The web server: gunicorn with threads, without an access log (addresses are no business of a log)."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Child(
        "web",
        [
            *(sys.executable, "-m", "gunicorn", "collectory.portal.wsgi:application"),
            *("--bind", address, "--workers", str(workers), "--threads", "4"),
            *("--timeout", "120", "--graceful-timeout", "15", "--log-level", "warning"),
        ],
    )


def worker(*, sole: bool) -> Child:
    """The worker; `sole` when no other can exist, so that it takes up a dead one's work at once."""
    return Child("worker", [sys.executable, "-m", "collectory.portal", "worker", *(["--sole"] if sole else [])])


def once(name: str, *command: str) -> Child:
    """A management command that runs beside the others until it is done."""
    return Child(name, [sys.executable, "-m", "collectory.portal", *command], ends=True)


def run(*children: Child) -> int:
    """Run the children until a signal comes or one cannot be kept up; 0 after a signal, 1 otherwise."""
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    for child in children:
        child.start()
    failed = False
    while not stopping and not failed:
        time.sleep(0.2)
        failed = any(not _kept_up(child) for child in children if not (child.ends or child.is_running()))
    _stop_all(children)
    return 1 if failed else 0


def _kept_up(child: Child) -> bool:
    """Start a dead child again when its time has come; False when it dies at once each time."""
    if child.process is not None:
        child.process = None
        lived = time.monotonic() - child.started
        child.quick_deaths = child.quick_deaths + 1 if lived < QUICK_DEATH else 0
        child.short_lives = child.short_lives + 1 if lived < SHORT_LIFE else 0
        if child.quick_deaths >= QUICK_DEATHS_ALLOWED:
            log.error("the %s process ends as soon as it is started; giving up", child.name)
            return False
        # A machine too busy to let it die quickly must not be kept busy by starting it over and over.
        wait = min(LONGEST_WAIT, 0.5 * child.quick_deaths + 0.25 * max(0, child.short_lives - 3) ** 2)
        child.start_at = time.monotonic() + wait
        log.warning("the %s process ended and is started again", child.name)
    if time.monotonic() >= child.start_at:
        child.start()
    return True


def _stop_all(children: Sequence[Child]) -> None:
    for child in children:
        if child.is_running() and child.process:
            child.process.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
