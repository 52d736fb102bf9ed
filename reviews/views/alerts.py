"""Alerts: what a member is told of, the team's webhooks, and stopping the mails."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page, may
from portal.accounts import audit
from portal.accounts.access import for_team
from portal.accounts.models import Membership, Role
from portal.forms.fields import Link
from portal.refused import Refused
from portal.words import plural
from reviews.alerts.outgoing import NotDelivered
from reviews.alerts.people import Choice, choose, stop_alerts
from reviews.alerts.webhooks import (
    add_webhook,
    forget_webhook,
    gone_webhooks,
    post_test,
    resume_webhook,
    shown,
    stop_webhook,
)
from reviews.models import Alert, AlertPreference, Webhook
from reviews.pages.alerts.choices import (
    PREVIEWS,
    has_chosen,
    last_alerts,
    membership_of,
    own_choice,
    preview,
    preview_mail,
    webhook_lines,
)
from reviews.pages.alerts.undelivered import mail_state, send_again

ONLY_STYLES = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": [],
}


class ChoiceForm(forms.Form):
    """What a member is told of, and when not."""

    incidents = forms.ChoiceField(
        choices=AlertPreference.Incidents.choices, widget=forms.RadioSelect, label="Incidents"
    )
    gaps = forms.BooleanField(required=False, label="A part lost its owner")
    silence = forms.BooleanField(required=False, label="Nothing is arriving")
    quiet_from = forms.TimeField(required=False, label="Quiet from")
    quiet_until = forms.TimeField(required=False, label="until")

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a begin and an end, or neither."""
        data = super().clean() or {}
        begin, end = data.get("quiet_from"), data.get("quiet_until")
        if self.errors:
            return data
        if (begin is None) != (end is None):
            missing = "quiet_from" if begin is None else "quiet_until"
            self.add_error(missing, "Give both ends of the quiet hours, or leave both empty.")
        elif begin is not None and begin == end:
            self.add_error("quiet_until", "Choose an end that differs from the begin.")
        return data


class WebhookForm(forms.Form):
    """A new webhook."""

    url = Link(max_length=500, label="Address")
    form = forms.ChoiceField(choices=Webhook.Form.choices, label="Sent as")


def _page(
    request: AssistantRequest,
    *,
    choice_form: ChoiceForm | None = None,
    webhook_form: WebhookForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    now, assistant = timezone.now(), request.assistant
    member = membership_of(assistant, request.user)
    about = request.GET.get("about", "")
    about = about if about in PREVIEWS else Alert.Kind.INCIDENT.value
    context: dict[str, Any] = {
        "form": choice_form or ChoiceForm(initial=vars(own_choice(member))),
        "has_chosen": has_chosen(member),
        "about": about,
        "previews": [(kind.value, label) for kind, label in PREVIEWS.items()],
        "mail": preview_mail(assistant=assistant, user=request.user, kind=about, at=now),
        "may_change": may(request, Role.LEAD),
        "secret": secret,
    }
    if context["may_change"]:
        context |= {
            "webhook_form": webhook_form or WebhookForm(),
            "webhooks": webhook_lines(assistant),
            "last": last_alerts(assistant),
            "gone": [(one, shown(one)) for one in gone_webhooks(assistant)],
            "mails": mail_state(assistant=assistant, at=now),
        }
    refused = any(one is not None and one.errors for one in (choice_form, webhook_form))
    return render(request, "reviews/alerts/alerts.html", context, status=422 if refused else status)


@assistant_page(Role.AGENT)
@require_http_methods(["GET", "POST"])
def alerts(request: AssistantRequest) -> HttpResponse:
    """The member's own choices; for leads also the webhooks and what was sent."""
    if request.method != "POST":
        return _page(request)
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _page(request, choice_form=form)
    member = membership_of(request.assistant, request.user)
    choose(member=member, choice=Choice(**form.cleaned_data))
    messages.success(request, "Saved.")
    return redirect("alerts", request.assistant.pk)


@assistant_page(Role.AGENT)
@require_GET
@csp(ONLY_STYLES)  # type: ignore[arg-type]  # its types know views without arguments only
def alert_preview(request: AssistantRequest) -> HttpResponse:
    """The mail by itself, with a policy that lets it do nothing but show its styles."""
    kind = request.GET.get("about", "")
    mail = preview_mail(
        assistant=request.assistant, user=request.user, kind=kind, at=timezone.now()
    )
    response = HttpResponse(mail.html)
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@assistant_page(Role.LEAD)
@require_POST
def webhook_add(request: AssistantRequest) -> HttpResponse:
    """Add a webhook; its secret is in this answer only."""
    form = WebhookForm(request.POST)
    secret = ""
    if form.is_valid():
        try:
            _, secret = add_webhook(
                assistant=request.assistant, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            return _page(request, secret=secret)
        except Refused as refused:
            form.add_error(refused.field, str(refused))
    return _page(request, webhook_form=form)


def _webhook(request: AssistantRequest, webhook_id: int) -> Webhook | None:
    """A webhook that is told things; None, and it is said, for one that was stopped meanwhile."""
    rows = Webhook.objects.filter(assistant=request.assistant).select_related("assistant__team")
    webhook = for_team(rows, request.user, role=Role.LEAD, pk=webhook_id)
    if webhook.stopped_at is None:
        return webhook
    last = audit.last_change(
        team=request.assistant.team, action="webhook.stopped", subject=shown(webhook)
    )
    by = f" by {last.who}" if last else ""
    messages.error(request, f"{shown(webhook)} was stopped already{by}. It is told nothing.")
    return None


@assistant_page(Role.LEAD)
@require_POST
def webhook_test(request: AssistantRequest, webhook_id: int) -> HttpResponse:
    """Send the newest incident's message, or the example, to one webhook now."""
    webhook, now = _webhook(request, webhook_id), timezone.now()
    if webhook is None:
        return _page(request, status=404)
    message = preview(
        assistant=request.assistant, user=request.user, kind=Alert.Kind.INCIDENT, at=now
    )
    try:
        status = post_test(webhook, message=message, at=now)
        messages.success(request, f"Sent to {shown(webhook)}: it answered {status}.")
    except (Refused, NotDelivered) as error:
        messages.error(request, f"Not delivered to {shown(webhook)}. {error}")
    return redirect("alerts", request.assistant.pk)


@assistant_page(Role.LEAD)
@require_POST
def webhook_stop(request: AssistantRequest, webhook_id: int) -> HttpResponse:
    """Tell a webhook nothing more."""
    webhook = _webhook(request, webhook_id)
    if webhook is None:
        return _page(request, status=404)
    stop_webhook(webhook=webhook, by=request.user, at=timezone.now())
    messages.success(request, f"{shown(webhook)} is told nothing more.")
    return redirect("alerts", request.assistant.pk)


def _gone(request: AssistantRequest, webhook_id: int) -> Webhook:
    """One that is gone, or was a moment ago: a button may be pressed twice."""
    rows = Webhook.objects.filter(assistant=request.assistant).select_related("assistant__team")
    return for_team(rows, request.user, role=Role.LEAD, pk=webhook_id)


@assistant_page(Role.LEAD)
@require_POST
def webhook_start(request: AssistantRequest, webhook_id: int) -> HttpResponse:
    """Tell a webhook again that was stopped because it was gone."""
    webhook = _gone(request, webhook_id)
    try:
        resume_webhook(webhook=webhook, by=request.user, at=timezone.now())
        messages.success(request, f"{shown(webhook)} is told again, from the next alert on.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("alerts", request.assistant.pk)


@assistant_page(Role.LEAD)
@require_POST
def webhook_forget(request: AssistantRequest, webhook_id: int) -> HttpResponse:
    """List a webhook no more that is gone."""
    forget_webhook(webhook=_gone(request, webhook_id))
    return redirect("alerts", request.assistant.pk)


@assistant_page(Role.LEAD)
@require_POST
def mails_again(request: AssistantRequest, membership_id: int) -> HttpResponse:
    """Send a person the mails that were given up."""
    rows = Membership.objects.current().filter(team=request.assistant.team_id)
    rows = rows.select_related("user")
    member = for_team(rows, request.user, role=Role.LEAD, pk=membership_id)
    count = send_again(assistant=request.assistant, person=member.user, at=timezone.now())
    if count:
        messages.success(request, f"{plural(count, 'mail')} to {member.user}: tried again now.")
    else:
        messages.success(request, f"Nothing was given up for {member.user} in the last 14 days.")
    return redirect("alerts", request.assistant.pk)


@csrf_exempt  # mail programs post here for one-click unsubscribe (RFC 8058); the token is signed
@require_http_methods(["GET", "POST"])
def stop_alert_mails(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the alerts without signing in. Opening the page changes nothing."""
    if request.method == "GET":
        return render(request, "reviews/alerts/stop_alerts.html", {"token": token})
    member = stop_alerts(token=token)
    if member is None:
        raise Http404("This link does not work any more.")
    return render(
        request, "reviews/alerts/stop_alerts.html", {"stopped": True, "team": member.team}
    )
