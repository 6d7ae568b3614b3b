"""Addresses of people's pages. The names that start with account_ are those django-allauth asks for."""

from django.urls import path

from collectory.portal.people import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("account-inactive/", views.account_inactive, name="account_inactive"),
    path("organisation/", views.choose_organisation, name="choose-organisation"),
]
