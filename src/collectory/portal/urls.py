"""Every address of the portal. Each view declares its permission; a test walks this list."""

from django.urls import include, path
from django.views.generic import RedirectView

from collectory.portal import help_pages, pages
from collectory.portal.people.permissions import public

urlpatterns = [
    path("", public(RedirectView.as_view(pattern_name="my-data-collections")), name="start"),
    path("health/", pages.health, name="health"),
    path("help/", help_pages.help_page, name="help"),
    path("help/<slug:page>/", help_pages.help_page, name="help-page"),
    path("", include("collectory.portal.support.urls")),
    path("terms/", pages.terms, name="terms"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("organisations/", include("collectory.portal.organisations.urls")),
    path("lists/", include("collectory.portal.lists.urls")),
    path("news/", include("collectory.portal.telling.urls")),
    path("api/v1/", include("collectory.portal.api.urls")),
    path("people/", include("collectory.portal.api.token_urls")),
    path("", include("collectory.portal.people.urls")),
    path("transfer/", include("collectory.portal.receiving.urls")),
    path("transfer/", include("collectory.portal.transfer.urls")),
    path("", include("collectory.portal.collections.urls")),
    path("collections/<slug:collection>/rules/", include("collectory.portal.rules.urls")),
    path("collections/<slug:collection>/", include("collectory.portal.receiving.collection_urls")),
    path("collections/<slug:collection>/cases/", include("collectory.portal.cases.urls")),
    path("collections/<slug:collection>/", include("collectory.portal.desk.urls")),
    path("collections/<slug:collection>/", include("collectory.portal.collector.urls")),
    path("collections/<slug:collection>/duplicates/probable/", include("collectory.portal.probable.urls")),
    path("collections/<slug:collection>/duplicates/", include("collectory.portal.duplicates.urls")),
    path("collections/<slug:collection>/<slug:native_id>/", include("collectory.portal.returns.urls")),
    path(
        "collections/<slug:collection>/<slug:native_id>/duplicates/probable/",
        include("collectory.portal.probable.return_urls"),
    ),
    path(
        "collections/<slug:collection>/<slug:native_id>/duplicates/",
        include("collectory.portal.duplicates.return_urls"),
    ),
    path("<path:path>", pages.any_other, name="any-other"),
]

handler404 = "collectory.portal.pages.not_found"
handler403 = "collectory.portal.pages.forbidden"
handler429 = "collectory.portal.pages.too_many"
handler500 = "collectory.portal.pages.broken"
