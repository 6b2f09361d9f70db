"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from goodfences import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")

with loading.for_good():
    application = get_wsgi_application()
    get_resolver().url_patterns  # noqa: B018 - reading it loads every page's module
