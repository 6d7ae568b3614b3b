"""Addresses of the transfer: /transfer/ for schools, /transfer/desk/ for the team, /transfer/<delivery>/ for both."""

from django.urls import path

from collectory.portal.transfer.views import delivery, desk, file_types, judging, sending, tus

urlpatterns = [
    path("", sending.files_to_send, name="files-to-send"),
    path("desk/", desk.grid, name="team-desk"),
    path("desk/grid.<slug:form>", desk.grid_file, name="team-grid-file"),
    path("desk/remind/", desk.remind, name="remind-schools"),
    path("desk/assign/", desk.assign, name="assign-files"),
    path("desk/schools/<slug:school>/", desk.school, name="team-school"),
    path("desk/file-types/", file_types.file_types, name="file-types"),
    path("desk/file-types/new/", file_types.new, name="new-file-type"),
    path("desk/file-types/<int:file_type>/", file_types.change, name="file-type"),
    path("<int:delivery>/", delivery.delivery, name="delivery"),
    path("<int:delivery>/send/", sending.send, name="send-to-team"),
    path("<int:delivery>/uploads/", tus.create, name="uploads-to-team"),
    path("<int:delivery>/uploads/<uuid:upload>/", sending.upload, name="upload-to-team"),
    path("<int:delivery>/submitted/", delivery.submitted, name="state-submission"),
    path("<int:delivery>/files/<int:number>/receipt/", delivery.receipt, name="file-receipt"),
    path("<int:delivery>/files/<int:number>/download/", delivery.download, name="download-file"),
    path("<int:delivery>/questions/", judging.ask, name="ask-about-file"),
    path("<int:delivery>/questions/<int:question>/", delivery.reply, name="reply-about-file"),
    path("<int:delivery>/accept/", judging.accept, name="accept-file"),
    path("<int:delivery>/new-file/", judging.ask_again, name="ask-for-new-file"),
    path("<int:delivery>/colleague/", judging.assign, name="assign-file"),
]
