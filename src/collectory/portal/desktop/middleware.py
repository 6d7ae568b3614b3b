"""Only the person who started Collectory gets in: the browser that was opened with this run's secret address."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve

OPEN_TO_ALL = frozenset({"desktop-enter", "health"})


class OnePerson:
    """Answers everybody else, other accounts of this computer included, with a page that says how to get in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or resolve(request.path_info).url_name in OPEN_TO_ALL:
            return self.get_response(request)
        return render(request, "desktop/elsewhere.html", status=403)
