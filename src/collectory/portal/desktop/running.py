"""Starts the desktop: folder, tables, worker, web server, browser. One process; stops and cleans up at the end."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path

from collectory.portal.desktop import folders


def run(keep: Path | None, port: int, *, opens_browser: bool) -> int:
    """Serve until closed; the exit code.

    keep  a folder in which the data stays (made where missing); None for one that is deleted at the end
    port  0 for any free one
    """
    data = keep if keep is not None else folders.in_memory_or_temporary()
    try:
        return _serve(data.resolve(), keep is not None, port, opens_browser)
    finally:
        if keep is None and not folders.delete(data):
            print(f"The data could not be deleted. Delete the folder {data} yourself.", file=sys.stderr, flush=True)


def _serve(data: Path, is_kept: bool, port: int, opens_browser: bool) -> int:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_urlsafe(24)
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("COLLECTORY_DEBUG", None)
    os.environ.update(
        COLLECTORY_DATA=str(data),
        COLLECTORY_STATIC=str(data / "static"),
        COLLECTORY_SECRET_KEY=_key(data, is_kept),
        COLLECTORY_DESKTOP_SECRET=secret,
        COLLECTORY_DESKTOP_KEEP="1" if is_kept else "0",
        COLLECTORY_UPLOAD_LIMIT_MB="2048",
        COLLECTORY_LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="collectory.portal.desktop.settings",
    )
    (data / "static").mkdir(exist_ok=True)
    _tables(data)

    import django

    django.setup()
    if is_kept:
        from django.core.management import call_command

        call_command("prepare")

    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    from collectory.portal.desktop import opening, views
    from collectory.portal.desktop.working import Work

    class Quiet(WSGIRequestHandler):
        """Addresses are no business of a terminal."""

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    opening.person()
    work = Work()
    work.start()
    server = ThreadedWSGIServer(("127.0.0.1", port), Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    views.stop[:] = [stop]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    address = f"http://127.0.0.1:{server.server_port}/enter/{secret}/"
    print(f"Collectory on this computer: {address}")
    print("Only the browser that opens this address gets in. " + _fate(data, is_kept))
    print("Close it on its first page, or with Ctrl-C.", flush=True)
    if opens_browser:
        with suppress(webbrowser.Error):
            webbrowser.open(address)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        work.stop()
        connections.close_all()  # an open database is a file that Windows does not delete
    return 0


def _fate(data: Path, is_kept: bool) -> str:
    return f"Your data is kept in {data}." if is_kept else "Nothing is kept: all data is deleted when you close it."


def _key(data: Path, is_kept: bool) -> str:
    """The signing key: of this run, or of the folder that is kept."""
    if not is_kept:
        return secrets.token_urlsafe(48)
    path = data / "secret-key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def _tables(data: Path) -> None:
    """Put the empty tables in place: a copy of those made once for this version, in a process of its own."""
    target = data / folders.DATABASE
    if target.exists():
        return
    empty = folders.empty_database()
    if not empty.exists():
        print("Getting ready; this takes a moment the first time.", flush=True)
        _make_tables(empty)
    shutil.copyfile(empty, target)
    target.chmod(0o600)


def _make_tables(empty: Path) -> None:
    import subprocess
    import tempfile

    empty.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=empty.parent) as folder:
        environment = {**os.environ, "COLLECTORY_DATA": folder, "COLLECTORY_SECRET_KEY": secrets.token_urlsafe(48)}
        done = subprocess.run([sys.executable, "-m", "collectory.portal.desktop.tables"], env=environment, check=False)
        if done.returncode:
            raise SystemExit("The tables could not be made; the lines above say why.")
        made = Path(folder) / folders.DATABASE
        import sqlite3

        with sqlite3.connect(made) as database:  # one file, without the journal beside it
            database.execute("PRAGMA journal_mode=DELETE")
        database.close()
        os.replace(made, empty)
