"""Send to the performance team, from the page of a return."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from collectory.engine import Refusal
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns.models import Return
from collectory.portal.transfer.services import sending


@on_return(Act.EXPORT)
@require_http_methods(["GET", "POST"])
def send_return(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Say what will be sent, to whom and under which name; then send it."""
    membership = request.membership  # type: ignore[attr-defined]
    owed = sending.owed_of(data_return, membership)
    if not owed:
        raise Http404
    chosen = next((one for one in owed if str(one.pk) == request.POST.get("delivery", "")), owed[0])
    refusal = None
    if request.method == "POST":
        outcome = sending.send(data_return, chosen, membership)
        if not isinstance(outcome, Refusal):
            if not outcome.is_new:
                messages.success(request, "The team has this very file already. Nothing was changed.")
            return redirect("file-receipt", chosen.pk, outcome.file.number)
        refusal = outcome
        data_return.refresh_from_db()
    context = {
        "data_return": data_return,
        "rows": [(one, sending.why_not_from_return(data_return, one, membership)) for one in owed],
        "refusal": refusal,
    }
    return render(request, "transfer/send_return.html", context, status=422 if refusal else 200)
