"""Addresses of merged data below /collections/<collection>/."""

from django.urls import path

from collectory.portal.receiving.views import merged

urlpatterns = [
    path("merged/", merged.of_returns, name="merged-returns"),
    path("merged/<int:merged>/", merged.returns_download, name="merged-returns-file"),
]
