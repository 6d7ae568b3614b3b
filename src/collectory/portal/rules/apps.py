"""App configuration of the rules of data collections."""

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """Rules: the catalogue, switches, checking again."""

    name = "collectory.portal.rules"
    label = "rules"
    verbose_name = "Rules"
