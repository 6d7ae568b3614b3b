"""The words of news about files that schools send to their council (transfer)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectory.portal.telling.models import News


def words(news: News) -> str:
    """One sentence or two about a delivery. Of what people type only reminders are told, which are looked at first."""
    from collectory.portal.telling.kinds import Kind

    assert news.delivery is not None
    kind, school = news.delivery.file_type, news.organisation
    its = f"{kind.name} of {school.name} ({school.native_id}) for {kind.organisation.name}"
    to_school = news.part == "source"
    match Kind(news.kind):
        case Kind.FILE_STALE if to_school:
            return (
                f"{its}: you changed your return after sending it, or it is not submitted any more. "
                "Submit it, and send a new file to the performance team."
            )
        case Kind.FILE_STALE:
            return f"{its}: the return was changed after the file was sent. The school is told to send a new one."
        case Kind.FILE_AGAIN:
            return f"{its}: the performance team needs a new file. Sign in to read why."
        case Kind.FILE_QUESTION:
            return f"{its}: the performance team has a question. Sign in to read and answer it."
        case Kind.FILE_ANSWERED:
            return f"{its}: the school has answered."
        case Kind.FILE_REPLACED:
            return f"{its}: the new file that was asked for has come."
        case Kind.FILE_ACCEPTED:
            return f"{its}: the performance team has accepted the file."
        case Kind.FILE_AWAITED:
            return f"{its}: {news.details['text']}"
    raise ValueError(news.kind)
