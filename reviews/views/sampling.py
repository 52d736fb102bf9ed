"""How many answers are chosen, and how many of them two people grade."""

from __future__ import annotations

from functools import partial
from typing import Any

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
from portal.forms.shared_form import Shared, held_while_saving
from reviews.answer.sentences import pace_words
from reviews.models import SamplingPolicy
from reviews.sampling.boosts import in_words
from reviews.sampling.choosing import CHANGED, change_policy, policy_of, shown_policy_of

SHARE_DECIMALS = 3  # of what is shown; what is stored stays as exact as it is


class SamplingForm(Shared, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
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

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.initial["double_share"] = round(self.instance.double_share, SHARE_DECIMALS)

    def clean_double_share(self) -> float:
        """What is stored, while the rounded share that was shown is left as it is."""
        given: float = self.cleaned_data["double_share"]
        stored: float = self.instance.double_share
        return stored if given == round(stored, SHARE_DECIMALS) else given

    class Meta:
        model = SamplingPolicy
        fields = ["target_per_day", "rate", "signals_per_day", "double_share", "allow_meets_all"]
        labels = {"allow_meets_all": "Allow the key A: meets for every criterion still open"}
        help_texts = {"allow_meets_all": "Faster, and easier to do without reading."}


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def sampling(request: AssistantRequest) -> HttpResponse:
    """Change what is chosen from now on; what was chosen keeps its chance."""
    is_looking = request.method == "GET"
    policy = (shown_policy_of if is_looking else policy_of)(request.assistant)
    with transaction.atomic():
        if not is_looking:
            policy = held_while_saving(SamplingPolicy.objects.all(), request).get(pk=policy.pk)
        form = SamplingForm(request.POST or None, instance=policy)
        if request.method == "POST" and _save(request, form):
            held = "It holds for conversations of days not yet begun."
            messages.success(request, f"{form.saved_words} {held}")
            return redirect("queue", request.assistant.pk)
    today = request.assistant.team.day_of(timezone.now())
    boost = in_words(assistant=request.assistant, today=today)
    context = {"form": form, "boost": boost, "pace": pace_words(request.assistant)}
    return render(request, "reviews/sampling/sampling.html", context, status=form.status)


def _save(request: AssistantRequest, form: SamplingForm) -> bool:
    """Save what fits and what nobody else changed meanwhile."""
    assistant = request.assistant
    last = partial(audit.last_change, team=assistant.team, action=CHANGED, subject=assistant.name)
    if not form.is_valid() or not form.settle(last):
        return False
    change_policy(
        policy=form.instance, fields=form.changed_data, by=request.user, at=timezone.now()
    )
    return True
