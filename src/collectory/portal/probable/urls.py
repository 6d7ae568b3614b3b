"""Addresses of probable matches in many returns: /collections/<collection>/duplicates/probable/."""

from django.urls import path

from collectory.portal.probable.views import matches, runs

urlpatterns = [
    path("", matches.of_many, name="probable-matches"),
    path("list.<slug:form>", matches.of_many_download, name="probable-matches-download"),
    path("threshold/", runs.setting, name="probable-setting"),
    path("count/", runs.count, name="probable-count"),
    path("runs/<int:run_id>/", runs.run, name="probable-run"),
    path("runs/<int:run_id>/progress/", runs.progress, name="probable-run-progress"),
    path("<int:match_id>/", matches.one_of_many, name="probable-match"),
]
