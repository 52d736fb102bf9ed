#!/usr/bin/env python
"""Run a management command of Plumbline: `python manage.py help` lists them."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        _ = settings.INSTALLED_APPS  # read them now: Django would try twice and hide the reason
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a wrong setting: its fix, not a traceback
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
