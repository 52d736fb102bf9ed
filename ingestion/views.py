"""Set-up of an assistant, and its keys."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page
from ingestion.assistants import make_assistant, make_assistant_key
from ingestion.intake import store
from ingestion.models import Assistant, Conversation, IntakeBatch, Refusal
from ingestion.wire import ConversationIn, Message, Passage
from portal.accounts import sign_ins
from portal.accounts.access import TeamPageRequest, TeamRequest, for_team, team_page
from portal.accounts.keys import revoke_key
from portal.accounts.models import ApiKey, Role, Scope, SignInEvent
from portal.forms.fields import Line
from portal.refused import Refused
from portal.ticks.seen import waiting_of

SNIPPET = {
    "id": "chat-0001",
    "kind": "Returns & refunds",
    "messages": [
        {"role": "user", "content": "Can I return a sale jacket?"},
        {"role": "assistant", "content": "Yes, within 14 days for store credit."},
    ],
    "passages": [{"title": "Returns policy", "text": "Sale items: store credit.", "score": 0.82}],
    "model": "2026-10",
    "prompt_version": "43",
}


class AssistantForm(forms.Form):
    """A new assistant."""

    name = Line(max_length=120, label="What do you call it?")


class KeyForm(forms.Form):
    """A new key."""

    name = Line(max_length=120, label="What is it for?")
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, label="It may"
    )


@team_page(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def new_assistant(request: TeamPageRequest) -> HttpResponse:
    """Name an assistant; its first key comes with it."""
    team = request.team
    form = AssistantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, now = form.cleaned_data["name"].strip(), timezone.now()
        try:
            assistant = make_assistant(team=team, name=name, by=request.user, at=now)
        except Refused as refused:
            form.add_error(refused.field, str(refused))
        else:
            request.assistant, request.role = assistant, Role.ADMIN  # type: ignore[attr-defined]
            secret = _new_key(request, assistant, "First key", [Scope.INGEST], now)
            return _setup_page(request, assistant, secret)
    context = {"form": form, "team": team}
    return render(
        request, "ingestion/new_assistant.html", context, status=422 if form.errors else 200
    )


def _new_key(
    request: TeamRequest, assistant: Assistant, name: str, scopes: list[Scope], at: datetime
) -> str:
    """Make a key for an assistant; its secret, to be shown in this answer only."""
    secret = make_assistant_key(
        assistant=assistant, name=name, scopes=scopes, by=request.user, at=at
    )
    kind = SignInEvent.Kind.KEY_MADE
    sign_ins.note(kind=kind, request=request, person=request.user, at=at)
    return secret


def snippets(url: str, secret: str) -> list[tuple[str, str, str]]:
    """The same request three ways: (id, tab, code)."""
    body = json.dumps(SNIPPET, indent=2, ensure_ascii=False)
    curl = (
        f"# one answer, sent after the customer has seen it\ncurl {url} \\\n"
        f'  -H "Authorization: Bearer {secret}" \\\n'
        f"  -H \"Content-Type: application/json\" \\\n  -d '{body}'"
    )
    python = (
        "import json, urllib.request\n\n"
        f"conversation = {json.dumps(SNIPPET, indent=4, ensure_ascii=False)}\n"
        "request = urllib.request.Request(\n"
        f'    "{url}",\n    data=json.dumps(conversation).encode(),\n'
        f'    headers={{"Authorization": "Bearer {secret}", "Content-Type": "application/json"}},\n'
        ")\nprint(urllib.request.urlopen(request).read().decode())"
    )
    script = (
        f'const answer = await fetch("{url}", {{\n  method: "POST",\n'
        f'  headers: {{ Authorization: "Bearer {secret}", "Content-Type": "application/json" }},\n'
        f"  body: JSON.stringify({body}),\n}});\nconsole.log(await answer.json());"
    )
    return [("curl", "HTTP", curl), ("python", "Python", python), ("js", "JavaScript", script)]


def _arrivals(assistant: Assistant, at: datetime) -> dict[str, object]:
    """What came last, how fast it comes, and what was refused in the last hour."""
    newest = IntakeBatch.objects.filter(assistant=assistant).order_by("-id").first()
    conversation = (
        Conversation.objects.filter(pk=max(newest.conversation_ids)).first() if newest else None
    )
    hour = IntakeBatch.objects.filter(assistant=assistant, received_at__gte=at - timedelta(hours=1))
    count = sum(len(ids) for ids in hour.values_list("conversation_ids", flat=True)[:20_000])
    refused = Refusal.objects.filter(assistant=assistant, at__gte=at - timedelta(hours=1))
    return {"newest": conversation, "hour": count, "refused": list(refused.order_by("-at")[:10])}


def _setup_page(request: TeamRequest, assistant: Assistant, secret: str = "") -> HttpResponse:
    """The set-up page; `secret` is a new key's, which is nowhere else."""
    url = request.build_absolute_uri("/api/v1/conversations")
    keys = ApiKey.objects.filter(assistant_key__assistant=assistant)
    context = {
        "secret": secret,
        "snippets": snippets(url, secret or "YOUR_KEY"),
        "keys": keys.order_by("revoked_at", "-created_at")[:50],
        "form": KeyForm(initial={"scopes": [Scope.INGEST.value]}),
        **_arrivals(assistant, timezone.now()),
    }
    context["waiting"], context["waiting_count"] = waiting_of(assistant.pk)
    return render(request, "ingestion/setup.html", context)


@assistant_page(Role.ADMIN)
@require_GET
def setup(request: AssistantRequest) -> HttpResponse:
    """Send conversations: the snippet, a live wait, the keys."""
    return _setup_page(request, request.assistant)


@assistant_page(Role.ADMIN)
@require_GET
def setup_live(request: AssistantRequest) -> HttpResponse:
    """The live panel; 204 while nothing changed since `since` (the newest batch seen)."""
    newest = IntakeBatch.objects.filter(assistant=request.assistant).order_by("-id").first()
    refusal = Refusal.objects.filter(assistant=request.assistant).order_by("-id").first()
    stamp = f"{newest.pk if newest else 0}-{refusal.pk if refusal else 0}"
    if request.GET.get("since") == stamp:
        return HttpResponse(status=204)
    context = {"stamp": stamp, **_arrivals(request.assistant, timezone.now())}
    return render(request, "ingestion/_live.html", context)


@assistant_page(Role.ADMIN)
@require_POST
def setup_test(request: AssistantRequest) -> HttpResponse:
    """Send one conversation for the person, through the same intake."""
    now = timezone.now()
    row = ConversationIn(
        id=f"test-{now:%Y%m%d%H%M%S%f}",
        messages=[
            Message(role="user", content="Can I return a jacket I bought in the sale?"),
            Message(role="assistant", content="Yes, within 14 days, for store credit."),
        ],
        passages=[Passage(title="Returns policy", text="Sale items: store credit within 14 days.")],
        kind="Test",
        attributes={"test": True},
    )
    store(assistant=request.assistant, rows=[(0, row)], rejected=[], at=now)
    messages.success(request, "Sent. It is the newest conversation now.")
    return redirect("setup", request.assistant.pk)


@assistant_page(Role.ADMIN)
@require_POST
def key_make(request: AssistantRequest) -> HttpResponse:
    """A new key: the answer to this request is the only place that shows it."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the key a name, and choose what it may do.")
        return redirect("setup", request.assistant.pk)
    scopes = [Scope(one) for one in form.cleaned_data["scopes"]]
    name, now = form.cleaned_data["name"], timezone.now()
    secret = _new_key(request, request.assistant, name, scopes, now)
    return _setup_page(request, request.assistant, secret)


@assistant_page(Role.ADMIN)
@require_POST
def key_revoke(request: AssistantRequest, key_id: int) -> HttpResponse:
    """Make a key useless."""
    keys = ApiKey.objects.filter(assistant_key__assistant=request.assistant).select_related("team")
    key = for_team(keys, request.user, role=Role.ADMIN, pk=key_id)
    now = timezone.now()
    revoke_key(key=key, by=request.user, at=now)
    kind = SignInEvent.Kind.KEY_REVOKED
    sign_ins.note(kind=kind, request=request, person=request.user, at=now)
    messages.success(request, f"{key} no longer works.")
    return redirect("setup", request.assistant.pk)
