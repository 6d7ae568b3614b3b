"""Addresses of one return's probable matches: /collections/<collection>/<native id>/duplicates/probable/."""

from django.urls import path

from collectory.portal.probable.views import matches

urlpatterns = [
    path("", matches.of_return, name="return-probable"),
    path("list.<slug:form>", matches.of_return_download, name="return-probable-download"),
    path("<int:match_id>/", matches.one_of_return, name="return-probable-match"),
]
