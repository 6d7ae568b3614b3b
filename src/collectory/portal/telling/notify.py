"""Mails through GOV.UK Notify, behind Django's mail interface, so that every mail of the service goes that way.

Needs a template of kind e-mail at Notify with the subject ((subject)) and the message ((message)). The reference of a
notification is the mail's Message-ID: where an answer is lost, Notify is asked whether it has that reference.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from collectory.portal.telling.services.mailing import NotSent


class EmailBackend(BaseEmailBackend):
    """Sends each mail as one notification to each of its addresses."""

    def __init__(self, fail_silently: bool = False, **options: object) -> None:
        super().__init__(fail_silently=fail_silently)
        self.client = NotificationsAPIClient(
            settings.NOTIFY_KEY, base_url=settings.NOTIFY_URL, timeout=settings.EMAIL_TIMEOUT
        )

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send; how many were taken. Raises NotSent where one surely was not, HTTPError where nobody knows."""
        for message in email_messages:
            reference = message.extra_headers.get("Message-ID", "")
            for address in message.recipients():
                self._send(message, address, reference)
        return len(email_messages)

    def _send(self, message: EmailMessage, address: str, reference: str) -> None:
        try:
            self.client.send_email_notification(
                email_address=address,
                template_id=settings.NOTIFY_TEMPLATE,
                personalisation={"subject": message.subject, "message": message.body},
                reference=reference or None,
            )
        except HTTPError as problem:
            if self._was_refused(problem):
                raise NotSent from problem
            if not reference:
                raise
            known = self.client.get_all_notifications(reference=reference)["notifications"]
            if not known:
                raise NotSent from problem

    @staticmethod
    def _was_refused(problem: HTTPError) -> bool:
        """Whether Notify said no, or was not reached at all."""
        cause = problem.__cause__
        if isinstance(cause, ConnectTimeout):
            return True
        if isinstance(cause, NoConnection) and cause.args:
            return isinstance(getattr(cause.args[0], "reason", None), NewConnectionError)
        return problem.response is not None and problem.response.status_code < 500
