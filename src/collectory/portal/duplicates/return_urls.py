"""Addresses of one return's duplicate pupils: /collections/<collection>/<native id>/duplicates/."""

from django.urls import path

from collectory.portal.duplicates.views import reports

urlpatterns = [
    path("<slug:kind>/", reports.of_return, name="return-duplicates"),
    path("<slug:kind>.<slug:form>", reports.of_return_download, name="return-duplicates-download"),
]
