"""App configuration of the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Machine access."""

    name = "collectory.portal.api"
    label = "api"
    verbose_name = "Machine access"
