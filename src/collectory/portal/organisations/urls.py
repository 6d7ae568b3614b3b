"""Addresses of the organisations' pages."""

from django.urls import path

from collectory.portal.organisations import views

urlpatterns = [
    path("", views.organisations, name="organisations"),
    path("load/", views.load, name="load-organisations"),
    path("registers/<int:register>/", views.register_preview, name="register-preview"),
    path("registers/<int:register>/confirm/", views.confirm, name="confirm-register"),
    path("<slug:organisation>/", views.organisation, name="organisation"),
    path("<slug:organisation>/authority-reads/", views.authority_reads, name="authority-reads"),
]
