"""`manage.py create_team`: the first team and its first admin; everybody else is invited."""

from __future__ import annotations

import getpass
import sys
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from portal.accounts import audit
from portal.accounts.models import Membership, Role, Team, User


class Command(BaseCommand):
    help = "Make a team and its first admin. The password is asked for, or read from a pipe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The team's name.")
        parser.add_argument("--email", required=True, help="The admin's address.")
        parser.add_argument("--person", required=True, help="The admin's name.")
        parser.add_argument("--time-zone", default="UTC", help="Such as Europe/London.")

    def handle(self, *args: Any, **options: Any) -> None:
        name, email = options["name"].strip(), options["email"].strip().lower()
        slug, zone = slugify(name)[:60], options["time_zone"]
        if not slug or Team.objects.filter(slug=slug).exists():
            raise CommandError(f"There is a team called {name!r} already, or it has no letters.")
        if zone not in available_timezones():
            raise CommandError(f"--time-zone {zone!r} is not known. Write it like Europe/London.")
        try:
            validate_email(email)
            user = User.objects.filter(email=email).first()
            password = "" if user else self._password()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            team = Team.objects.create(name=name, slug=slug, time_zone=zone)
            user = user or User.objects.create_user(email, password, name=options["person"])
            Membership.objects.create(team=team, user=user, role=Role.ADMIN)
            audit.record(team=team, actor=user, action="team.made", subject=name, at=timezone.now())
        self.stdout.write(f"{name} is there. {email} can sign in and connect an assistant.")

    def _password(self) -> str:
        """A password that meets the rules, with its spaces: only the line's end is no part of it.
        Raises ValidationError with what it lacks."""
        asked = sys.stdin.isatty()
        password = getpass.getpass("Password: ") if asked else sys.stdin.readline().rstrip("\r\n")
        if "\x00" in password or any("\ud800" <= letter <= "\udfff" for letter in password):
            raise ValidationError("The password holds bytes that no form can send. Use letters.")
        validate_password(password)
        return password
