"""The page that describes the API, made of its OpenAPI document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from collectory.portal.api.sending import api
from collectory.portal.people.permissions import public

STATUSES = {
    "200": "Done",
    "201": "Received",
    "202": "Begun",
    "204": "Done, with nothing to say",
    "400": "The call cannot be read",
    "401": "No token that works",
    "403": "The token is not for this",
    "404": "No such thing, or another organisation's",
    "409": "The name is wrong, or something is not complete",
    "413": "Too large",
    "422": "Refused; the message says why",
    "429": "Too many calls",
}


def operations() -> list[dict[str, Any]]:
    """Every operation with its words, parameters and answers."""
    described = api.get_openapi_schema(path_prefix=reverse("api:api-root"))
    found = []
    for path, item in described["paths"].items():
        for method, one in item.items():
            found.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": one["summary"],
                    "description": one.get("description", ""),
                    "parameters": one.get("parameters", []),
                    "answers": [(str(code), STATUSES.get(str(code), "")) for code in one["responses"]],
                    "gives": _named(one["responses"]),
                }
            )
    return found


def schemas() -> dict[str, list[tuple[str, str, str]]]:
    """The fields of each thing that is answered: name, type and what it is."""
    described = api.get_openapi_schema(path_prefix=reverse("api:api-root"))["components"]["schemas"]
    return {
        name: [(field, _type(one), one.get("description", "")) for field, one in schema.get("properties", {}).items()]
        for name, schema in sorted(described.items())
        if schema.get("properties")
    }


def _named(responses: dict[Any, Any]) -> str:
    for code, response in responses.items():
        if str(code).startswith("2"):
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            return _type(schema) if schema else ""
    return ""


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")


@public
@require_GET
def reference(request: HttpRequest) -> HttpResponse:
    """All operations on one page."""
    described = api.get_openapi_schema(path_prefix=reverse("api:api-root"))
    context = {"operations": operations(), "schemas": schemas(), "about": described["info"]["description"]}
    return render(request, "api/reference.html", context)
