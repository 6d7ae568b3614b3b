"""Addresses of the pages about news."""

from django.urls import path

from collectory.portal.telling import views

urlpatterns = [
    path("", views.news, name="news"),
    path("read/", views.mark_read, name="mark-news-read"),
    path("what-i-am-told/", views.wishes, name="what-i-am-told"),
]
