"""App configuration of the lists that rules ask."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Versions of reference lists, and which is in force."""

    name = "collectory.portal.lists"
    label = "lists"
    verbose_name = "Lists that rules ask"
