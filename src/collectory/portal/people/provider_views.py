"""Going to the sign-in provider, coming back, and signing out there too."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import requests
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from collectory.portal.people.permissions import public

PROOF = "provider's token"
log = logging.getLogger(__name__)


class Provider(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The provider; keeps the token that proves whom to sign out there, on the server only."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> Any:
        """Read who it is."""
        login = super().complete_login(request, app, token, **kwargs)
        request.session[PROOF] = kwargs["response"].get("id_token", "")
        return login


def _run(view: type[OAuth2LoginView] | type[OAuth2CallbackView], request: HttpRequest, provider_id: str) -> Any:
    if not settings.PROVIDER_SERVER or provider_id != "provider":
        raise Http404
    try:
        return view.adapter_view(Provider(request, provider_id))(request)
    except requests.RequestException:
        log.warning("the sign-in provider does not answer")
        context = {"provider": settings.PROVIDER_NAME, "cancelled": False}
        return render(request, "people/provider_failed.html", context, status=503)


@public
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go to the provider."""
    return _run(OAuth2LoginView, request, provider_id)  # type: ignore[no-any-return]


@public
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Come back from the provider, signed in there or not."""
    return _run(OAuth2CallbackView, request, provider_id)  # type: ignore[no-any-return]


def sign_out_there(request: HttpRequest) -> str | None:
    """Where to go to sign out at the provider too; empty when it does not say, None when the person did not come from
    there. Ask before the session ends.
    """
    proof = request.session.get(PROOF)
    if not proof or not settings.PROVIDER_SERVER:
        return None
    try:
        address = Provider(request, "provider").openid_config.get("end_session_endpoint")
    except requests.RequestException:
        return ""
    if not address:
        return ""
    back = request.build_absolute_uri(reverse("account_login"))
    return f"{address}?{urlencode({'id_token_hint': proof, 'post_logout_redirect_uri': back})}"
