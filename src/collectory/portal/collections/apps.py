"""App configuration of the data collections."""

from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    """Data collections: an edition that is running."""

    name = "collectory.portal.collections"
    label = "data_collections"
    verbose_name = "Data collections"
