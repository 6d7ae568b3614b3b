"""Addresses of the lists that rules ask."""

from django.urls import path

from collectory.portal.lists import views

urlpatterns = [
    path("", views.lists, name="lists"),
    path("<int:version>/", views.list_preview, name="list-preview"),
    path("<int:version>/confirm/", views.confirm, name="confirm-list"),
]
