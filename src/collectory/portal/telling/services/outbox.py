"""Writing down that something is to be told. Called in the transaction in which it happens, or not at all."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from collectory.portal.collections.models import CollectionChange, DataCollection
from collectory.portal.returns.models import Event
from collectory.portal.returns.states import Happening
from collectory.portal.telling.kinds import OF_EVENT, Kind
from collectory.portal.telling.models import ToTell

DATES = {"Opens", "Deadline", "Closes to sources", "Closes to agents"}


def happened(event: Event) -> None:
    """An event of a return; most kinds are told to nobody, nor is that the same was found and said in other words."""
    kind = OF_EVENT.get(Happening(event.kind))
    if kind is None or settings.DESKTOP or event.details.get("words_only"):
        return
    ToTell.objects.create(
        key=f"event:{event.pk}",
        kind=kind.value,
        collection_id=event.data_return.collection_id,
        data_return=event.data_return,
        event=event,
    )


def dates_changed(collection: DataCollection, changes: list[CollectionChange]) -> None:
    """Dates of a data collection that is open were changed."""
    lines: list[Any] = [[one.what, one.before, one.after] for one in changes if one.what in DATES]
    if lines:
        key = f"dates:{changes[0].pk}"
        ToTell.objects.create(key=key, kind=Kind.DATES.value, collection=collection, details={"lines": lines})


def about_file(event: Any, kind: Kind, **details: Any) -> None:
    """Something happened to a delivery (an event of transfer) that people of one or both of its sides are told of."""
    ToTell.objects.create(
        key=f"delivery:{event.pk}:{kind.name}",
        kind=kind.value,
        delivery=event.delivery,
        details={"by": event.user_id, **details},
    )
