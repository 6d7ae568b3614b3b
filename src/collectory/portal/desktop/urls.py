"""The portal's addresses with those of the desktop before them."""

from django.urls import include, path

from collectory.portal.desktop import views

urlpatterns = [
    path("enter/<str:secret>/", views.enter, name="desktop-enter"),
    path("collections/", views.home, name="my-data-collections"),
    path("fill-in/", views.fill_in, name="desktop-fill-in"),
    path("close/", views.close, name="desktop-close"),
    path("", include("collectory.portal.urls")),
]

handler404 = "collectory.portal.pages.not_found"
handler403 = "collectory.portal.pages.forbidden"
handler500 = "collectory.portal.pages.broken"
