"""Addresses of the API, made of its endpoints: each signs in with a token, and each call is written down."""

from django.urls import include, path

from collectory.portal.api import reference, sending
from collectory.portal.api.access import logged
from collectory.portal.people.permissions import public

PUBLIC = {"openapi-json", "api-root"}  # what describes the API holds nothing of anybody

_patterns, _, namespace = sending.api.urls
for _pattern in _patterns:
    _pattern.callback = (public if _pattern.name in PUBLIC else logged)(_pattern.callback)
    if _pattern.name == "api-root":
        _pattern.callback = reference.reference

urlpatterns = [path("", include((_patterns, "api"), namespace=namespace))]
