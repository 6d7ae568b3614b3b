"""A sign-in provider in a process of its own, for the tests: Django OAuth Toolkit with one client and made-up people.

    python -m tests.portal.oidc_provider PORT CALLBACK SIGNED_OUT

People sign in by naming themselves at /accounts/login/?as=NAME; what the provider says about each is in PEOPLE.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

CLIENT, SECRET = "collectory", "the secret of the tests' client"

# name: claims
PEOPLE: dict[str, dict[str, Any]] = {
    # placed by the claims, in the form that DfE Sign-in gives an organisation
    "placed": {
        "given_name": "Ngozi",
        "family_name": "Ward",
        "email": "ngozi@school.example",
        "email_verified": True,
        "organisation": {"name": "Wharf Lane", "localAuthority": {"code": "855"}, "establishmentNumber": "4002"},
        "role": "DataManager",
    },
    "known-by-mail": {"email": "Amina@School.example", "email_verified": True},
    "not-verified": {"email": "amina@school.example", "email_verified": False},
    "unknown": {
        "email": "nobody@school.example",
        "email_verified": True,
        "organisation": {"localAuthority": {"code": "855"}, "establishmentNumber": "4001"},
    },
}


def settings_of(port: int) -> dict[str, Any]:
    """Django's settings for the provider."""
    from jwcrypto import jwk

    key = jwk.JWK.generate(kty="RSA", size=2048)
    return {
        "SECRET_KEY": "the provider's own",
        "ALLOWED_HOSTS": ["localhost"],
        "DEBUG": True,
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        "ROOT_URLCONF": __name__,
        "DATABASES": {
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(tempfile.mkdtemp(), "provider")}
        },
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        "USE_TZ": True,
        # Both services are at localhost, and cookies know no ports.
        "SESSION_COOKIE_NAME": "provider-session",
        "LOGIN_URL": "/accounts/login/",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "OAUTH2_PROVIDER": {
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.export_to_pem(private_key=True, password=None).decode(),
            "OIDC_ISS_ENDPOINT": f"http://localhost:{port}/o",
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator",
            "SCOPES": {"openid": "openid", "profile": "profile", "email": "email"},
            "PKCE_REQUIRED": True,
            "ALLOWED_REDIRECT_URI_SCHEMES": ["http"],
        },
    }


def validator(*args: Any, **kwargs: Any) -> Any:
    """What the provider says about a person."""
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):  # type: ignore[misc]
        oidc_claim_scope = None

        def get_additional_claims(self, request: Any) -> dict[str, Any]:
            return PEOPLE[request.user.username]

    return Validator(*args, **kwargs)


def sign_in(request: Any) -> Any:
    """Sign in as the person whom the address or the button names."""
    from django.contrib.auth import get_user_model, login
    from django.http import HttpResponse
    from django.shortcuts import redirect

    wanted = request.GET.get("next", "/")
    if name := request.GET.get("as"):
        user, _ = get_user_model().objects.get_or_create(username=name)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect(wanted)
    from urllib.parse import quote

    links = "".join(f'<p><a href="?as={name}&next={quote(wanted)}">{name}</a></p>' for name in PEOPLE)
    return HttpResponse(f"<h1>The provider</h1>{links}")


def who(request: Any) -> Any:
    """Who is signed in at the provider."""
    from django.http import HttpResponse

    return HttpResponse(request.user.get_username() or "nobody")


def __getattr__(name: str) -> Any:
    """The addresses, once Django is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import include, path

    return [
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("accounts/login/", sign_in),
        path("who/", who),
    ]


def main(port: int, callback: str, signed_out: str) -> None:
    """Make the tables and the client, then serve until stopped."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(**settings_of(port))
    django.setup()
    call_command("migrate", verbosity=0)
    from oauth2_provider.models import Application

    Application.objects.create(
        client_id=CLIENT,
        client_secret=SECRET,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=callback,
        post_logout_redirect_uris=signed_out,
        algorithm="RS256",
        skip_authorization=True,
        name="Collectory",
    )
    call_command("runserver", str(port) if port else "", "--noreload", addrport=f"localhost:{port}", verbosity=0)


if __name__ == "__main__":
    sys.modules["tests.portal.oidc_provider"] = sys.modules["__main__"]
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
