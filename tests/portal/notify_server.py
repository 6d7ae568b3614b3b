"""A process that answers as GOV.UK Notify does, as far as sending mails and asking for a reference go.

    python notify_server.py KEY_ID SECRET

Prints its port. Checks the signature of each request. What it does with a mail is said by the first part of its
address: refuse@ is answered with 400, lose@ is taken but the answer is lost, break@ is lost without being taken.
GET /taken gives what it has taken.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import jwt

TAKEN: list[dict[str, Any]] = []
SERVICE, SECRET = sys.argv[1:]


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nothing."""

    def answer(self, status: int, content: Any) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def is_signed(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            return bool(
                jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": False})["iss"] == SERVICE
            )
        except jwt.PyJWTError:
            return False

    def do_GET(self) -> None:
        parts = urlparse(self.path)
        if parts.path == "/taken":
            return self.answer(200, TAKEN)
        if not self.is_signed():
            return self.answer(403, {"status_code": 403, "errors": []})
        reference = parse_qs(parts.query)["reference"][0]
        return self.answer(200, {"notifications": [one for one in TAKEN if one.get("reference") == reference]})

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.is_signed() or self.path != "/v2/notifications/email":
            return self.answer(
                403, {"status_code": 403, "errors": [{"error": "AuthError", "message": "Invalid token"}]}
            )
        does = content["email_address"].partition("@")[0]
        if does == "refuse":
            return self.answer(400, {"status_code": 400, "errors": [{"error": "BadRequestError", "message": "No"}]})
        if does != "break":
            TAKEN.append(content)
        if does in {"lose", "break"}:
            return self.answer(500, {"status_code": 500, "errors": []})
        return self.answer(201, {"id": str(len(TAKEN)), "reference": content.get("reference")})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
