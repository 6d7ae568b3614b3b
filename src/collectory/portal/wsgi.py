"""The WSGI application, for gunicorn or any other server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collectory.portal.settings")

application = get_wsgi_application()

from collectory.portal.people.checks import refuse_demonstration_passwords  # noqa: E402 - needs the applications

refuse_demonstration_passwords()
