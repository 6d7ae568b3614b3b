"""Settings of the portal. Every choice an operator has is an environment variable; docs/running-it.md lists them."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from collectory.portal.transfer.keys import parsed

PORTAL = Path(__file__).resolve().parent


def _switch(name: str, default: bool = False) -> bool:
    """Read an on/off environment variable; anything but 1, true, yes, on counts as off."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def _number(name: str, default: int) -> int:
    """Read a whole number from the environment, with a clear refusal when it is not one."""
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def _names(name: str, default: str = "") -> list[str]:
    """Read a comma separated list from the environment."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


# DEBUG is the local demonstration and nothing else: it says so on every page and allows known passwords.
DEBUG = _switch("COLLECTORY_DEBUG")
DEMONSTRATION = DEBUG
DESKTOP = False  # one person on one computer: collectory.portal.desktop

DATA = Path(os.environ.get("COLLECTORY_DATA", "data")).resolve()


def _kept_in_folder(name: str, make: Callable[[], str]) -> str:
    """A secret of the demonstration: made once, and kept in the data folder for its user's eyes only."""
    DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = DATA / name
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(make())
    return path.read_text()


def _secret_key() -> str:
    """The signing key: from the environment, or (demonstration only) a random one kept in the data folder."""
    if key := os.environ.get("COLLECTORY_SECRET_KEY"):
        return key
    if not DEBUG:
        raise ImproperlyConfigured(
            "COLLECTORY_SECRET_KEY is not set. Give a long random text that only this service knows; "
            "the same one on every machine that runs it."
        )
    return _kept_in_folder("secret-key", lambda: secrets.token_urlsafe(64))


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = _names("COLLECTORY_OLD_SECRET_KEYS")

ALLOWED_HOSTS = _names("COLLECTORY_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith((".", "*"))]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_tasks",
    "django_tasks_db",
    "collectory.portal.people",
    "collectory.portal.organisations",
    "collectory.portal.lists",
    "collectory.portal.collections",
    "collectory.portal.returns",
    "collectory.portal.desk",
    "collectory.portal.support",
    "collectory.portal.rules",
    "collectory.portal.judging",
    "collectory.portal.telling",
    "collectory.portal.transfer",
    "collectory.portal.receiving",
    "collectory.portal.api",
    "collectory.portal.duplicates",
    "collectory.portal.cases",
    "collectory.portal.probable",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "collectory.portal.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "collectory.portal.people.middleware.ActingMembership",
    "collectory.portal.pages.PlainErrorPages",
]

ROOT_URLCONF = "collectory.portal.urls"
WSGI_APPLICATION = "collectory.portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PORTAL / "jinja2"],
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "collectory.portal.pages.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "collectory.portal.pages.frame",
            ],
        },
    },
    {
        # django-allauth renders a few of its own messages with Django's language; no page of ours does.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]


def _database() -> dict[str, object]:
    """PostgreSQL when DATABASE_URL says so, otherwise one SQLite file in the data folder."""
    if url := os.environ.get("DATABASE_URL"):
        chosen: dict[str, object] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    else:
        DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
        chosen = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "collectory.sqlite3"}
    if chosen["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE takes the write lock when a transaction starts, so that two writers queue up
        # instead of one of them failing half way; synchronous FULL keeps a commit through a power cut.
        chosen["OPTIONS"] = {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    return chosen


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STORAGES = {
    "default": {
        "BACKEND": "collectory.portal.storage.PrivateFolder",
        "OPTIONS": {"location": DATA / "blobs"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "collectory.portal.storage.StaticFiles"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("COLLECTORY_STATIC", DATA / "static"))
STATICFILES_DIRS = [PORTAL / "static"]

# A table in the database rather than memory, so that limits on sign-in hold across processes and machines.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# Uploads: every limit is applied while the bytes arrive, before anything reads them.
UPLOAD_LIMIT = _number("COLLECTORY_UPLOAD_LIMIT_MB", 256) * 1024 * 1024
UPLOAD_ATTEMPTS = _number("COLLECTORY_UPLOAD_ATTEMPTS", 3)
UPLOAD_SILENCE = _number("COLLECTORY_UPLOAD_SILENCE_SECONDS", 30)
# Probable matches are compared in a process that a worker starts beside itself, so that uploads do not wait for them.
MATCH_APART = True
MATCH_AT_ONCE = _number("COLLECTORY_MATCH_AT_ONCE", 1)
FILE_UPLOAD_HANDLERS = ["collectory.portal.returns.incoming.LimitedUpload"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# Secure transfer: the keys that seal what schools send ("id:key", newest first), the largest file, how long one may
# take to come, and where ClamAV's daemon listens (a socket's path, or host:port).


def _transfer_keys() -> dict[str, bytes]:
    """The keys, or (demonstration only) a random one kept in the data folder; none: no files are taken."""
    given = _names("COLLECTORY_TRANSFER_KEYS")
    if not given and DEBUG:
        given = [
            _kept_in_folder(
                "transfer-key", lambda: f"demonstration:{base64.b64encode(secrets.token_bytes(32)).decode()}"
            )
        ]
    return parsed(given)


TRANSFER_KEYS = _transfer_keys()
TRANSFER_LIMIT = _number("COLLECTORY_TRANSFER_LIMIT_MB", 2048) * 1024 * 1024
TRANSFER_HOURS = _number("COLLECTORY_TRANSFER_HOURS", 48)
CLAMD = os.environ.get("COLLECTORY_CLAMD", "")
API_CALLS_A_MINUTE = _number("COLLECTORY_API_CALLS_A_MINUTE", 600)  # of one token

# Another table of school types and their agents than the one that ships (organisations/types.csv).
ORGANISATION_TYPES = os.environ.get("COLLECTORY_ORGANISATION_TYPES", "")

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my-data-collections"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "collectory.portal.people.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "collectory.portal.people.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": os.environ.get("COLLECTORY_SIGN_IN_RATE", "30/m/ip"),
    "login_failed": os.environ.get("COLLECTORY_SIGN_IN_FAILURES", "10/m/ip,5/5m/key"),
    "reset_password": "20/m/ip,5/15m/key",
}
TERMS_VERSION = "2026-11"

# A second factor: an authenticator app or a passkey, and recovery codes for the day when both are lost.
MFA_ADAPTER = "collectory.portal.people.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # the demonstration's address is http
# Roles whose people cannot do anything before they have set one up; empty in the demonstration.
SECOND_FACTOR_ROLES = _names(
    "COLLECTORY_SECOND_FACTOR_ROLES", "" if DEMONSTRATION else "collector,administrator,approver"
)

# Signing in through a provider that speaks OpenID Connect, such as DfE Sign-in. Off while no address is given.
PROVIDER_SERVER = os.environ.get("COLLECTORY_OIDC_SERVER", "").rstrip("/")
PROVIDER_NAME = os.environ.get("COLLECTORY_OIDC_NAME", "your organisation's sign-in")
PROVIDER_ORGANISATION = os.environ.get("COLLECTORY_OIDC_ORGANISATION_CLAIM", "")
PROVIDER_ROLE = os.environ.get("COLLECTORY_OIDC_ROLE_CLAIM", "")
PROVIDER_ROLES = dict(pair.split("=", 1) for pair in _names("COLLECTORY_OIDC_ROLES") if "=" in pair)
PROVIDER_HAS_SECOND_FACTOR = _switch("COLLECTORY_OIDC_HAS_SECOND_FACTOR")
SOCIALACCOUNT_ADAPTER = "collectory.portal.people.provider.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form may only be sent to this service (content security policy), a link may leave
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "provider",
                "name": PROVIDER_NAME,
                "client_id": os.environ.get("COLLECTORY_OIDC_CLIENT_ID", ""),
                "secret": os.environ.get("COLLECTORY_OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": PROVIDER_SERVER},
            }
        ]
        if PROVIDER_SERVER
        else [],
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": os.environ.get("COLLECTORY_OIDC_SCOPES", "openid profile email").split(),
    }
}

# Mail. The demonstration writes each one to a file in its data folder.
EMAIL_BACKEND = f"django.core.mail.backends.{'filebased' if DEMONSTRATION else 'smtp'}.EmailBackend"
EMAIL_FILE_PATH = DATA / "mail"
EMAIL_HOST = os.environ.get("COLLECTORY_MAIL_HOST", "localhost")
EMAIL_PORT = _number("COLLECTORY_MAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("COLLECTORY_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("COLLECTORY_MAIL_PASSWORD", "")
EMAIL_USE_TLS = _switch("COLLECTORY_MAIL_TLS")
EMAIL_TIMEOUT = 20  # seconds
# GOV.UK Notify instead of a mail server, where there is a key.
NOTIFY_KEY = os.environ.get("COLLECTORY_NOTIFY_KEY", "")
NOTIFY_TEMPLATE = os.environ.get("COLLECTORY_NOTIFY_TEMPLATE", "")
NOTIFY_URL = os.environ.get("COLLECTORY_NOTIFY_URL", "https://api.notifications.service.gov.uk")
if NOTIFY_KEY:
    EMAIL_BACKEND = "collectory.portal.telling.notify.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("COLLECTORY_MAIL_FROM", "collectory@localhost")

# How people reach the service, for links in mails that no request asked for: https://collectory.example
ADDRESS = os.environ.get("COLLECTORY_ADDRESS", "").rstrip("/")
# How many days before a deadline people are told, and after how many days that what they loaded is not submitted.
TELL_DAYS_BEFORE = [int(days) for days in _names("COLLECTORY_TELL_DAYS_BEFORE", "7,2") if days.isdecimal()]
TELL_DAYS_UNSUBMITTED = _number("COLLECTORY_TELL_DAYS_UNSUBMITTED", 3)

# Links in mails: how long those work that invite or let somebody choose a new password.
LINK_HOURS = 48
PASSWORD_RESET_TIMEOUT = LINK_HOURS * 3600
KEPT_FORM_HOURS = 24

SESSION_MINUTES = _number("COLLECTORY_SESSION_MINUTES", 30)
SESSION_COOKIE_AGE = SESSION_MINUTES * 60
SESSION_SAVE_EVERY_REQUEST = True  # the limit is on inactivity: every page starts it again
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "collectory.portal.pages.form_expired"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEBUG:
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_SSL_REDIRECT = _switch("COLLECTORY_HTTPS_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]
    SECURE_HSTS_SECONDS = _number("COLLECTORY_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
if _switch("COLLECTORY_BEHIND_PROXY"):
    # Only for a proxy that sets this header itself and drops what a browser sent under that name.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = _number("COLLECTORY_PROXIES", 1)

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True

# No request body, no name, no value of a return is ever written to a log; the portal's own messages
# carry database numbers and codes only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_details": {"()": "collectory.portal.security.WithoutDetails"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_details"]},
    },
    "root": {"handlers": ["console"], "level": os.environ.get("COLLECTORY_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.db.backends": {"level": "WARNING"},
        "splink": {"level": "WARNING"},
        "django_tasks": {"handlers": [], "level": "WARNING", "propagate": True},
        "django_tasks_db": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
