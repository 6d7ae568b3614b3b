"""App configuration of telling."""

from django.apps import AppConfig


class TellingConfig(AppConfig):
    """News for people, and mails that carry it."""

    name = "collectory.portal.telling"
    label = "telling"
    verbose_name = "Telling people"
