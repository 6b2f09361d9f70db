"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")

application = get_wsgi_application()

# Models, forms and views stay as long as the process: loaded now and left alone by the collector from then on, they
# hold up no page. Else one page in a hundred waits a fifth of a second for all of them to be looked through.
get_resolver().url_patterns  # noqa: B018 - reading it loads every page's module
gc.collect()
gc.freeze()
