"""My data collections: the first page after signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from collectory.portal.people.permissions import returns_of, signed_in

SORTS = {
    "title": ("collection__title", "Data collection"),
    "organisation": ("organisation__name", "Organisation"),
    "closes": ("collection__closes_at", "Closes"),
    "state": ("state", "Status"),
}


@signed_in
@require_http_methods(["GET", "POST"])
def my_data_collections(request: HttpRequest) -> HttpResponse:
    """The data collections open to this person, sortable by column; choosing one opens its return."""
    sort = request.GET.get("sort", "")
    name = sort.removeprefix("-")
    column, _ = SORTS.get(name, SORTS["closes"])
    order = ("-" if sort.startswith("-") else "") + column
    returns = list(
        returns_of(request.membership)  # type: ignore[attr-defined]
        .select_related("collection", "organisation")
        .order_by(order, "collection__title", "organisation__native_id")
    )
    missing = False
    if request.method == "POST":
        chosen = next((one for one in returns if str(one.pk) == request.POST.get("return")), None)
        if chosen is not None:
            return redirect("source-page", chosen.collection.slug, chosen.organisation.native_id)
        missing = True
    headings = [
        {
            "label": label,
            "link": f"?sort={'-' if sort == key else ''}{key}",
            "order": {key: "ascending", f"-{key}": "descending"}.get(sort, "none"),
        }
        for key, (_, label) in SORTS.items()
    ]
    return render(
        request,
        "collections/my_data_collections.html",
        {"returns": returns, "headings": headings, "missing": missing},
    )
