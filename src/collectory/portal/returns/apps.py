"""App configuration of the returns."""

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """Returns, their revisions and their history."""

    name = "collectory.portal.returns"
    label = "returns"
    verbose_name = "Returns"
