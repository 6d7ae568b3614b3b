"""App configuration of service requests."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Service requests and their answers."""

    name = "collectory.portal.support"
    verbose_name = "Service requests"
