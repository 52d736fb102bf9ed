"""The program that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
# Reading the addresses imports the whole program, over half a second: before the first request,
# not in it.
_ = get_resolver().url_patterns
