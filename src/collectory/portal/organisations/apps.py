"""App configuration of organisations."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """The register and what is loaded from it; the organisations themselves are rows of people."""

    name = "collectory.portal.organisations"
    label = "organisations"
    verbose_name = "Organisations"
