"""Addresses of Open return: its parts, its records, changing them, and what was changed."""

from django.urls import path

from collectory.portal.returns.views import changes, editing, records

RECORD = "open/<slug:entity>/<int:revision>/<int:row>/"

urlpatterns = [
    path("open/", records.open_return, name="open-return"),
    path("open/<slug:entity>/", records.records, name="records"),
    path("open/<slug:entity>/add/", editing.add_record, name="add-record"),
    path(RECORD, records.record, name="record"),
    path(f"{RECORD}edit/", editing.edit_record, name="edit-record"),
    path(f"{RECORD}delete/", editing.delete_record, name="delete-record"),
    path(f"{RECORD}history/", changes.record_history, name="record-history"),
    path(f"{RECORD}add/<slug:child>/", editing.add_record, name="add-record-under"),
    path("edits/", changes.edits, name="edits"),
    path("edits/edits.<slug:form>", changes.edits_file, name="edits-file"),
]
