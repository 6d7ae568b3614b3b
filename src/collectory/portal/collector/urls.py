"""Addresses of the collector's pages on many returns of a data collection."""

from django.urls import path

from collectory.portal.collector import statistics_views, views

urlpatterns = [
    path("work/", views.work, name="work"),
    path("work/authorise/", views.authorise_many, name="authorise-many"),
    path("statistics/", statistics_views.statistics, name="rule-statistics"),
    path("statistics/rules.csv", statistics_views.download, name="rule-statistics-download"),
]
