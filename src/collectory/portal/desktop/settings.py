"""Settings of the portal on one computer. `running` sets the folder and the key before this is imported."""

import os

from collectory.portal.settings import *  # noqa: F403
from collectory.portal.settings import CACHES, DATABASES, MIDDLEWARE

DESKTOP = True
DEBUG = False
DEMONSTRATION = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "collectory.portal.desktop.urls"
MIDDLEWARE = [*MIDDLEWARE, "collectory.portal.desktop.middleware.OnePerson"]

# Everything is one process, and the folder is of one person: nothing is shared, and nothing needs a forced write
# where the data goes with the process anyway.
CACHES = {**CACHES, "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if os.environ.get("COLLECTORY_DESKTOP_KEEP") != "1":
    DATABASES["default"]["OPTIONS"]["init_command"] = (  # type: ignore[index]
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )

# The address is http and this computer's own, which no certificate can be made for.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "collectory-session", "collectory-csrf"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_MINUTES = 7 * 24 * 60  # the computer's own lock guards it
SESSION_COOKIE_AGE = SESSION_MINUTES * 60
SESSION_COOKIE_SAMESITE = "Strict"

STORAGES = {
    "default": STORAGES["default"],  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# No mail is sent from here, so that no address of a service is needed.
SILENCED_SYSTEM_CHECKS = ["collectory.E002"]
