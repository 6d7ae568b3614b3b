"""What a form was shown with."""

from __future__ import annotations

from django.http import HttpRequest


def version_seen(request: HttpRequest) -> int:
    """The version of the return that the form was shown with; -1 fits none."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else -1
