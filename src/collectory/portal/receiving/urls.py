"""Addresses of the checks on receipt, below /transfer/."""

from django.urls import path

from collectory.portal.receiving.views import merged, report

urlpatterns = [
    path("desk/rules/", report.team_rules, name="team-rules"),
    path("desk/merged/", merged.of_files, name="merged-files"),
    path("desk/merged/<int:merged>/", merged.file_download, name="merged-file"),
    path("<int:delivery>/files/<int:number>/report/", report.report, name="file-report"),
    path("<int:delivery>/files/<int:number>/findings.<slug:form>", report.report_file, name="file-findings"),
]
