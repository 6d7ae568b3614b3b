"""Addresses of the data collections' pages."""

from django.urls import path

from collectory.portal.collections import manage_views, views

MANAGE = "collections/<slug:collection>/manage/"

urlpatterns = [
    path("collections/", views.my_data_collections, name="my-data-collections"),
    path("collections/open/", manage_views.open_collection, name="open-collection"),
    path(MANAGE, manage_views.manage, name="manage-collection"),
    path(MANAGE + "change/", manage_views.change, name="change-collection"),
    path(MANAGE + "authorities/", manage_views.authorities, name="authority-dates"),
    path(MANAGE + "who/", manage_views.who_must_return, name="who-must-return"),
    path(MANAGE + "who/add/", manage_views.add_newcomers, name="add-newcomers"),
    path(MANAGE + "who/<int:number>/", manage_views.excuse, name="excuse"),
]
