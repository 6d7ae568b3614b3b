"""Addresses of errors, rules, notes and exports. No name and no number of a person stands in any of them."""

from django.urls import path

from collectory.portal.returns.views import by_record, downloads, exporting, findings, note_sheets, notes, rules

FINDING = "all-errors/<int:revision>/<int:finding>/"
ITEM = "notes/item/<slug:entity>/<int:revision>/<int:record>/<slug:field>/"

urlpatterns = [
    path("all-errors/", findings.all_errors, name="all-errors"),
    path("all-errors/not-checked/", rules.not_checked, name="rules-not-checked"),
    path("all-errors/all-errors.<slug:form>", downloads.findings, name="all-errors-download"),
    path("all-errors/by-record/<slug:entity>/", by_record.errors_by_record, name="errors-by-record"),
    path(
        "all-errors/by-record/<slug:entity>/<int:revision>/<int:row>/",
        by_record.errors_of_record,
        name="errors-of-record",
    ),
    path(FINDING, findings.finding, name="finding"),
    path(f"{FINDING}note/", findings.note_on_finding, name="note-on-finding"),
    path(f"{FINDING}still-right/", findings.still_right, name="still-right"),
    path("rules/<str:rule_key>/", rules.rule, name="rule"),
    path("rules/<str:rule_key>/note/", rules.note_on_rule, name="note-on-rule"),
    path("rules/<str:rule_key>/still-right/", rules.all_still_right, name="all-still-right"),
    path("notes/", notes.all_notes, name="all-notes"),
    path("notes/notes.<slug:form>", downloads.notes, name="notes-download"),
    path("notes/return/", notes.return_notes, name="return-notes"),
    path("notes/return/add/", notes.note_on_return, name="note-on-return"),
    path("notes/spreadsheet/", note_sheets.spreadsheet, name="notes-spreadsheet"),
    path("notes/spreadsheet/preview/", note_sheets.preview, name="notes-preview"),
    path("notes/<int:note>/withdraw/", notes.withdraw_note, name="withdraw-note"),
    path(ITEM, notes.item_notes, name="item-notes"),
    path(f"{ITEM}add/", notes.note_on_item, name="note-on-item"),
    path("export/", exporting.export, name="export"),
]
