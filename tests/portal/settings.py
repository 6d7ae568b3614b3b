"""The portal's own settings, with a data folder of the test run and quick password hashing."""

import os
import tempfile
from pathlib import Path

_data = tempfile.mkdtemp(prefix="collectory-tests-")
os.environ["COLLECTORY_DEBUG"] = "1"
os.environ["COLLECTORY_DATA"] = _data
(Path(_data) / "static").mkdir()

from collectory.portal.settings import *  # noqa: E402, F403
from collectory.portal.settings import CACHES, DATABASES  # noqa: E402

# A file rather than memory: threads and the worker's own connection must see the same database.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": Path(_data) / "test.sqlite3"}
    _pragmas = DATABASES["default"]["OPTIONS"]["init_command"]
    # Tests kill processes, not the machine: what a commit wrote is there without waiting for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] = _pragmas.replace("synchronous=FULL", "synchronous=OFF")
else:
    DATABASES["default"]["ENGINE"] = "tests.portal.quick_postgresql"
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {**CACHES, "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
MATCH_APART = False
