"""Sending a file to a service over its API, in pieces that are gone on with after a break."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PIECE = 4 << 20
PAUSES = (0.5, 2, 5, 15, 30)
"""Seconds to wait before another try, one after the other; after the last one it is given up."""

TIMEOUT = 60
LOCAL = {"localhost", "127.0.0.1", "::1"}
AGAIN = {408, 425, 429, 460, 500, 502, 503, 504}


class NotReached(Exception):
    """The service does not answer, whatever was tried."""


class NotTaken(Exception):
    """The service, or the call itself, says no; the text says why."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token is given to the service that was named, and to no other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass
class Service:
    """A service and the token for it. Raises NotTaken for an address that would carry the token in the open."""

    address: str
    token: str
    pauses: tuple[float, ...] = PAUSES
    opener: urllib.request.OpenerDirector = field(default_factory=lambda: urllib.request.build_opener(_NoRedirects))

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
            raise NotTaken(f"{self.address}: an address that begins with https:// is needed")
        self.address = f"{parts.scheme}://{parts.netloc}"

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One call, tried again while the service cannot be reached. Raises NotReached."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else f"{self.address}{path}"
        if not url.startswith(f"{self.address}/"):
            raise NotTaken("the service named an address that is not its own")
        why = ""
        for pause in (*self.pauses, None):
            request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - checked above
            for name, value in {"Authorization": f"Bearer {self.token}", **told}.items():
                request.add_header(name, value)
            try:
                with self.opener.open(request, timeout=TIMEOUT) as response:
                    return Answer(response.status, response.headers, response.read())
            except urllib.error.HTTPError as problem:
                answer = Answer(problem.code, problem.headers, problem.read())
                if answer.status not in AGAIN or pause is None:
                    return answer
                why = f"it answers {answer.status}"
                pause = max(pause, _seconds(answer.headers.get("Retry-After", "")))
            except OSError as problem:
                why = str(getattr(problem, "reason", problem) or type(problem).__name__)
            if pause is not None:
                time.sleep(pause)
        raise NotReached(f"{self.address}: cannot be reached ({why})")

    def asked(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
        """The JSON of an answer that is no refusal. Raises NotTaken, NotReached."""
        answer = self.call(method, path, body, **headers)
        if answer.status >= 400:
            raise _refusal(answer)
        return answer.json


def deliver(
    service: Service,
    path: Path,
    file_type: str,
    *,
    school: str = "",
    rename: bool = False,
    progress: Callable[[float], None] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Send a file; gives the number of the delivery and the receipt. Raises NotTaken, NotReached, OSError."""
    delivery = delivery_for(service, file_type, school)
    size = path.stat().st_size
    if size == 0:
        raise NotTaken(f"{path}: is empty")
    sha256 = _sha256(path)
    here = f"/api/v1/deliveries/{delivery}"
    for is_last in (False, True):
        upload = _begun(service, here, path, size)
        place = f"{here}/uploads/{upload}"
        _send_pieces(service, place, path, size, progress or (lambda share: None))
        query = urllib.parse.urlencode({"sha256": sha256, "rename": str(rename).lower()})
        try:
            return delivery, service.asked("POST", f"{place}/finish?{query}", b"")
        except NotTaken as refusal:
            # What had come before was of another file of the same name and size: once more from the beginning.
            if refusal.code != "not-the-same" or is_last:
                raise
    raise AssertionError


def delivery_for(service: Service, file_type: str, school: str) -> int:
    """The number of the delivery that a file is for. Raises NotTaken where it is not exactly one."""
    query = urllib.parse.urlencode({"file_type": file_type, "school": school})
    found = service.asked("GET", f"/api/v1/deliveries?{query}")
    if found["count"] == 1:
        return int(found["deliveries"][0]["id"])
    if not found["count"]:
        known = ", ".join(each["name"] for each in service.asked("GET", "/api/v1/file-types")) or "none"
        raise NotTaken(f"no file of the type “{file_type}” is asked for; file types: {known}")
    raise NotTaken(f"{found['count']} schools send files of this type; say which: --school NUMBER")


def checked(service: Service, delivery: int, number: int, patience: float = 600.0) -> dict[str, Any]:
    """The file once it is checked, or as it is when patience ends."""
    until = time.monotonic() + patience
    while True:
        file: dict[str, Any] = service.asked("GET", f"/api/v1/deliveries/{delivery}/files/{number}")
        if file["stage"] == "finished" or time.monotonic() > until:
            return file
        time.sleep(1)


def _begun(service: Service, here: str, path: Path, size: int) -> str:
    """The upload of a file of this name and size that broke off, or a new one."""
    for each in service.asked("GET", f"{here}/uploads"):
        if each["name"] == path.name and each["length"] == size:
            return str(each["id"])
    name = base64.b64encode(path.name.encode()).decode()
    answer = service.call(
        "POST",
        f"{here}/uploads",
        b"",
        Tus_Resumable="1.0.0",
        Upload_Length=str(size),
        Upload_Metadata=f"filename {name}",
    )
    if answer.status != 201:
        raise _refusal(answer)
    return answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]


def _send_pieces(service: Service, place: str, path: Path, size: int, progress: Callable[[float], None]) -> None:
    stuck = 0
    offset = _offset(service, place)
    with path.open("rb") as file:
        while offset < size:
            progress(offset / size)
            file.seek(offset)
            piece = file.read(PIECE)
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            answer = service.call(
                "PATCH",
                place,
                piece,
                Tus_Resumable="1.0.0",
                Upload_Offset=str(offset),
                Upload_Checksum=f"sha256 {digest}",
                Content_Type="application/offset+octet-stream",
            )
            if answer.status in {400, 409}:
                # A piece had come after all, or half of one: the service knows where it stands.
                stuck += 1
                if stuck > len(PAUSES):
                    raise _refusal(answer)
                offset = _offset(service, place)
                continue
            if answer.status >= 300:
                raise _refusal(answer)
            offset, stuck = int(answer.headers["Upload-Offset"]), 0
    progress(1.0)


def _offset(service: Service, place: str) -> int:
    answer = service.call("HEAD", place, Tus_Resumable="1.0.0")
    if answer.status >= 300:
        raise _refusal(answer)
    return int(answer.headers["Upload-Offset"])


def _refusal(answer: Answer) -> NotTaken:
    try:
        told = answer.json
        return NotTaken(f"{told['message']} {told.get('action', '')}".strip(), told.get("code", ""))
    except (ValueError, KeyError, TypeError):
        text = answer.body.decode("utf-8", "replace").strip()
        return NotTaken(text[:300] if text and "<" not in text[:20] else f"the service answers {answer.status}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 5 else 0.0
