"""Asking ClamAV about a file, where its daemon is set up: the content is streamed to it, and never on a disk plain."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

PORTION = 1 << 16
TIMEOUT = 120  # seconds without an answer


@dataclass(frozen=True)
class Verdict:
    """What a scan says. `virus` is the signature's name where one was found; `why_not` why nothing was scanned."""

    virus: str = ""
    why_not: str = ""


class ScannerGone(Exception):
    """The scanner is set up but does not answer, so that a file has to wait for it."""


def is_set_up() -> bool:
    """Whether files are scanned here."""
    return bool(settings.CLAMD)


def _connection() -> socket.socket:
    place: str = settings.CLAMD
    if place.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(TIMEOUT)
        connection.connect(place)
        return connection
    host, _, port = place.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT)


def scan(pieces: Iterable[bytes]) -> Verdict:
    """Have a content scanned. Raises ScannerGone where the daemon is set up and cannot be asked."""
    if not is_set_up():
        return Verdict(why_not="there is no virus scanner here")
    try:
        with _connection() as connection:
            return _answer(connection, pieces)
    except OSError as problem:
        raise ScannerGone(type(problem).__name__) from problem


def _answer(connection: socket.socket, pieces: Iterable[bytes]) -> Verdict:
    connection.sendall(b"zINSTREAM\0")
    try:
        for piece in pieces:
            for at in range(0, len(piece), PORTION):
                portion = piece[at : at + PORTION]
                connection.sendall(struct.pack("!I", len(portion)) + portion)
        connection.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has said already that the content is too long for it
    said = b""
    while not said.endswith(b"\0") and (portion := connection.recv(4096)):
        said += portion
    words = said.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
    if words == "OK":
        return Verdict()
    if words.endswith(" FOUND"):
        return Verdict(virus=words.removesuffix(" FOUND")[:120])
    if "size limit exceeded" in words:
        return Verdict(why_not="it is larger than the virus scanner takes")
    raise ScannerGone("an answer that makes no sense")
