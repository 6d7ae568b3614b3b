"""Load a zip of many returns."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.services import loading
from collectory.portal.people.models import Role
from collectory.portal.people.permissions import MAY, Act, Duty, on_collection
from collectory.portal.returns.services.accepting import too_large
from collectory.portal.rules.switching import edition_in


@on_collection(Duty.ACT_FOR_MANY)
@require_http_methods(["GET", "POST"])
def load_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Pick the archive; it is kept, and the page of the job tells what becomes of each file."""
    membership = request.membership  # type: ignore[attr-defined]
    if Act.UPLOAD not in MAY[Role(membership.role)]:
        raise Http404
    problem, refusal = "", None
    if request.method == "POST":
        file = request.FILES.get("file")
        if hasattr(request, "too_large"):
            refusal = too_large()
        elif file is None:
            problem = "Choose the zip to load."
        else:
            outcome = loading.start(data_collection, membership, file, replace="replace" in request.POST)
            if not isinstance(outcome, Refusal):
                return redirect("job", data_collection.slug, outcome.pk)
            refusal = outcome
    context = {
        "collection": data_collection,
        "edition": edition_in(data_collection),
        "limit": settings.UPLOAD_LIMIT,
        "most": loading.MOST_FILES,
        "problem": problem,
        "refusal": refusal,
        "replace": "replace" in request.POST,
    }
    return render(request, "desk/load.html", context, status=422 if problem or refusal else 200)
