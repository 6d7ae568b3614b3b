"""Addresses of many returns of one data collection: /collections/<collection>/sources/ and …/queues/."""

from django.urls import path

from collectory.portal.desk.views import jobs, judging, loading, reports, sources

urlpatterns = [
    path("sources/", sources.sources, name="sources"),
    path("sources/list.csv", reports.list_as_csv, name="sources-csv"),
    path("sources/by-rule/", reports.by_rule, name="sources-by-rule"),
    path("sources/approve/", judging.approve_many, name="approve-many"),
    path("sources/reject/", judging.reject_many, name="reject-many"),
    path("sources/export/", judging.export_many, name="export-many"),
    path("sources/load/", loading.load_many, name="load-many"),
    path("queues/", jobs.queues, name="queues"),
    path("queues/<int:job>/", jobs.job, name="job"),
    path("queues/<int:job>/progress/", jobs.job_progress, name="job-progress"),
    path("queues/<int:job>/confirm/", jobs.confirm, name="confirm-job"),
    path("queues/<int:job>/result/", jobs.result, name="job-result"),
    path("queues/<int:job>/retry/", jobs.retry_job, name="retry-job"),
    path("queues/uploads/<int:upload>/retry/", jobs.retry_upload, name="retry-upload"),
]
