"""Addresses of the rules of a data collection, below /collections/<slug>/rules/."""

from django.urls import path

from collectory.portal.returns.views.rules import rule_in_collection
from collectory.portal.rules.views import catalogue, switching

urlpatterns = [
    path("", catalogue.catalogue, name="rule-catalogue"),
    path("download/<str:form>/", catalogue.catalogue_file, name="rule-catalogue-file"),
    path("across/", catalogue.across, name="rules-across"),
    path("across/<str:form>/", catalogue.across_file, name="rules-across-file"),
    path("switches/", switching.switches, name="rule-switches"),
    path("switches/new/<str:rule_key>/", switching.switch, name="switch-rule"),
    path("switches/impact/<int:impact_id>/", switching.proposal, name="rule-impact"),
    path("switches/impact/<int:impact_id>/progress/", switching.proposal_progress, name="rule-impact-progress"),
    path("switches/<int:switch_id>/call-off/", switching.call_off, name="call-off-switch"),
    path("<str:rule_key>/", rule_in_collection, name="rule-in-collection"),
]
