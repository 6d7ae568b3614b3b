"""Addresses of the tokens of an organisation, below /people/."""

from django.urls import path

from collectory.portal.api import token_views

urlpatterns = [
    path("<slug:number>/tokens/", token_views.tokens_of, name="tokens"),
    path("tokens/<int:number>/revoke/", token_views.revoke, name="revoke-token"),
]
