"""App configuration of duplicates."""

from django.apps import AppConfig


class DuplicatesConfig(AppConfig):
    """Pupils in several returns."""

    name = "collectory.portal.duplicates"
    label = "duplicates"
    verbose_name = "Duplicate pupils"
