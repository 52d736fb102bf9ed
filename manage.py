#!/usr/bin/env python
"""Run a management command of Plumbline: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Django's command line; the demo watches over other processes and needs no Django for that."""
    if sys.argv[1:2] == ["demo"]:
        from portal.demo import run  # noqa: PLC0415 - only for this command

        sys.exit(run.main(sys.argv[2:]))
    if sys.argv[1:] == ["--version"]:  # ours, where Django would name itself
        from portal.version import VERSION  # noqa: PLC0415 - only for this command

        sys.stdout.write(f"Plumbline {VERSION}\n")
        return
    from django.conf import settings  # noqa: PLC0415 - see above
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        _ = settings.INSTALLED_APPS  # read them now: Django would try twice and hide the reason
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a wrong setting: its fix, not a traceback
        sys.exit(str(error))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
