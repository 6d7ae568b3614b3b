"""Addresses of duplicate pupils in many returns: /collections/<collection>/duplicates/."""

from django.urls import path

from collectory.portal.duplicates.views import reports, statuses

urlpatterns = [
    path("", reports.start, name="all-duplicates"),
    path("statuses/", statuses.statuses, name="status-pairs"),
    path("<slug:kind>/", reports.of_many, name="duplicates"),
    path("<slug:kind>.<slug:form>", reports.of_many_download, name="duplicates-download"),
]
