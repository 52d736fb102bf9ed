"""How many answers are chosen, and how many of them two people grade."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts import audit
from portal.accounts.models import Role
from reviews.boosts import in_words
from reviews.models import SamplingPolicy
from reviews.sampling import policy_of
from reviews.standing import pace_words


class SamplingForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A lead's choices; the key that decides is never shown."""

    target_per_day = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        label="Random answers a day",
        help_text="About so many; the chance follows last week's volume, each kind gets some.",
    )
    rate = forms.FloatField(
        min_value=0.000_001,
        max_value=1,
        required=False,
        label="Or a fixed share of all conversations",
        help_text="Above 0, at most 1. Empty: the number above.",
    )
    signals_per_day = forms.IntegerField(
        min_value=0,
        max_value=100_000,
        label="At most so many a day after thumbs down or escalation",
        help_text="Told apart from the random ones; never in the trend.",
    )
    double_share = forms.FloatField(
        min_value=0,
        max_value=1,
        label="Share that two people grade",
        help_text="About 0.17 is one in six. They do not know which.",
    )

    class Meta:
        model = SamplingPolicy
        fields = ["target_per_day", "rate", "signals_per_day", "double_share", "allow_meets_all"]
        labels = {"allow_meets_all": "Allow the key A: meets for every criterion still open"}
        help_texts = {"allow_meets_all": "Faster, and easier to do without reading."}


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def sampling(request: AssistantRequest) -> HttpResponse:
    """Change what is chosen from now on; what was chosen keeps its chance."""
    policy = policy_of(request.assistant)
    form = SamplingForm(request.POST or None, instance=policy)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            audit.record(
                team=request.assistant.team,
                actor=request.user,
                action="sampling.changed",
                subject=request.assistant.name,
                at=timezone.now(),
                fields=form.changed_data,
            )
        messages.success(request, "Saved. It holds for conversations of days not yet begun.")
        return redirect("queue", request.assistant.pk)
    status = 422 if form.errors else 200
    today = timezone.localdate(timezone=ZoneInfo(request.assistant.team.time_zone))
    boost = in_words(assistant=request.assistant, today=today)
    found = {"form": form, "boost": boost, "pace": pace_words(request.assistant)}
    return render(request, "reviews/sampling.html", found, status=status)
