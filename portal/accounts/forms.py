"""Forms about people and teams."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password

from portal.accounts.models import Role, Team, User
from portal.forms.fields import Line, Password
from portal.forms.shared_form import Shared

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class InviteForm(forms.Form):
    """Whom to invite; without an address the link is for whoever has it."""

    email = forms.EmailField(
        required=False, label="Email address", help_text="Empty: whoever has the link."
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.REVIEWER, label="Role")


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(choices=Role.choices, label="Role")


class JoinForm(forms.Form):
    """A new person behind an invitation."""

    email = forms.EmailField(label="Email address")
    name = Line(max_length=120, label="Your name")
    password = Password(
        label="Choose a password",
        help_text="At least 10 characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(
                "This address has an account. Sign in first, then open the link again."
            )
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        given = {name: self.cleaned_data.get(name, "") for name in ("email", "name")}
        validate_password(password, User(**given))
        return password


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a person can change about themselves."""

    name = Line(max_length=120, label="Your name")

    class Meta:
        model = User
        fields = ["name", "theme", "single_keys"]
        labels = {"theme": "Look", "single_keys": "Single keys"}


class MailForm(forms.Form):
    """Whether a person gets the weekly mails of their teams."""

    weekly = forms.BooleanField(required=False, label="Send me the weekly mails")


class TeamForm(Shared, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A team's own settings."""

    name = Line(max_length=120)
    time_zone = forms.ChoiceField(
        choices=[(zone, zone) for zone in sorted(available_timezones())],
        help_text="Days and weeks begin and end here.",
    )
    report_weekday = forms.TypedChoiceField(
        choices=list(enumerate(WEEKDAYS)), coerce=int, label="Weekly mail on"
    )
    report_hour = forms.TypedChoiceField(
        choices=[(hour, f"{hour:02d}:00") for hour in range(24)], coerce=int, label="at"
    )

    class Meta:
        model = Team
        fields = ["name", "time_zone", "report_weekday", "report_hour", "customer_words_in_mail"]
        labels = {"customer_words_in_mail": "Quote customers and answers in mails"}
