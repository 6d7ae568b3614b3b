"""Addresses of the data collections' pages."""

from django.urls import path

from collectory.portal.collections import views

urlpatterns = [path("collections/", views.my_data_collections, name="my-data-collections")]
