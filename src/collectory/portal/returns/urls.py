"""Addresses below /collections/<collection>/<native id>/: everything about one return.

Each view is declared with `@on_return(Act.…)` and receives `data_return`.
"""

from django.urls import include, path

from collectory.portal.returns.views import approving, reports, source_page, submitting, uploading
from collectory.portal.transfer.views.from_return import send_return

urlpatterns = [
    path("", source_page.source_page, name="source-page"),
    path("upload/", uploading.upload, name="upload"),
    path("upload/form.xlsx", uploading.form_spreadsheet, name="form-spreadsheet"),
    path("uploads/<int:upload_id>/", uploading.upload_progress, name="upload-progress"),
    path("uploads/<int:upload_id>/progress/", uploading.upload_progress_data, name="upload-progress-data"),
    path("submit/", submitting.submit, name="submit"),
    path("receipts/<slug:reference>/", submitting.receipt, name="receipt"),
    path("withdraw/", submitting.withdraw, name="withdraw"),
    path("approve/", approving.approve, name="approve"),
    path("reject/", approving.reject, name="reject"),
    path("delete/", submitting.delete, name="delete"),
    path("send/", send_return, name="send-return"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<slug:report>/", reports.report, name="report"),
    path("reports/<slug:report>/<int:table>.<slug:form>", reports.report_table, name="report-table"),
    path("history/", submitting.history, name="history"),
    path("", include("collectory.portal.returns.judging_urls")),
    path("", include("collectory.portal.returns.form_urls")),
    path("", include("collectory.portal.returns.record_urls")),
    path("", include("collectory.portal.returns.finding_urls")),
]
