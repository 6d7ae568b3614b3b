"""What every response carries for the browser's protection, and what no log may carry."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


class ContentSecurityPolicy:
    """Sends the policy with every response and forbids caching of pages that show a return."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class WithoutDetails(logging.Filter):
    """Keeps where an exception came from and drops its text, which may quote a pupil's data."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            kind, _, frames = record.exc_info
            where = "".join(traceback.format_tb(frames)) if frames else ""
            record.exc_text = f"{where}{kind.__name__ if kind else 'Exception'} (text withheld)"
            record.exc_info = None
        return True
