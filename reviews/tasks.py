"""Ticks of reviews: each looks in PostgreSQL for what is due and calls one step."""

import time

from celery import shared_task
from django.utils import timezone

from ingestion.models import Assistant
from portal.celery import wake
from portal.locks import locked
from reviews import outbox, owners
from reviews.alerts import posts, writing
from reviews.answer import drill, look_back
from reviews.grading import flagging
from reviews.measure import rollups
from reviews.reports import reports
from reviews.sampling import choosing
from reviews.watch import drift, rounds

# A tick begins no new chunk of a backlog after so long; the next one goes on where it ended.
SECONDS = 0.4


def _go_on_after(until: float, task: str) -> None:
    """Wake the next tick at once when this one ended because its time was up."""
    if time.monotonic() >= until:
        wake(task)


@shared_task(name="reviews.tasks.choose_samples")
def choose_samples() -> int:
    """Decide about new conversations, signals and flags of every assistant."""
    now, until = timezone.now(), time.monotonic() + SECONDS
    flagging.match_all_waiting_flags(at=now)
    chosen = choosing.choose_due(at=now, most=20, until=until)
    _go_on_after(until, "reviews.tasks.choose_samples")
    return chosen


@shared_task(name="reviews.tasks.make_rollups")
def make_rollups() -> int:
    """Count again the days whose grades changed."""
    until = time.monotonic() + SECONDS
    days = rollups.make_rollups(at=timezone.now(), until=until)
    _go_on_after(until, "reviews.tasks.make_rollups")
    return days


@shared_task(name="reviews.tasks.look_back")
def look_back_due() -> int:
    """Look back on the last weeks of each assistant anew; one round at a time."""
    until = time.monotonic() + SECONDS
    with locked("looking back") as is_mine:
        done = look_back.keep_due(at=timezone.now(), until=until) if is_mine else 0
    if is_mine:
        _go_on_after(until, "reviews.tasks.look_back")
    return done


@shared_task(name="reviews.tasks.hold_drills")
def hold_drills() -> int:
    """Hold the fire drills that leads asked for; one round at a time."""
    until = time.monotonic() + SECONDS
    with locked("fire drills") as is_mine:
        done = drill.hold_due(at=timezone.now(), until=until) if is_mine else 0
    if is_mine:
        _go_on_after(until, "reviews.tasks.hold_drills")
    return done


@shared_task(name="reviews.tasks.find_drift")
def find_drift() -> int:
    """Look whether the answers of each assistant look different."""
    return drift.find_all(at=timezone.now())


@shared_task(name="reviews.tasks.find_parts")
def find_parts() -> int:
    """Add the parts that the data shows."""
    return owners.find_all_parts(at=timezone.now())


@shared_task(name="reviews.tasks.write_reports")
def write_reports() -> int:
    """Write the weekly reports that are due."""
    return reports.write_due(at=timezone.now())


@shared_task(name="reviews.tasks.watch_due")
def watch_due() -> int:
    """Look again at every assistant with new grades, or not looked at for an hour."""
    return rounds.watch_due(at=timezone.now())


@shared_task(name="reviews.tasks.watch_now")
def watch_now(assistant_id: int) -> bool:
    """Look again at one assistant, because somebody did something about an incident."""
    assistant = Assistant.objects.select_related("team").filter(pk=assistant_id).first()
    if assistant is not None:
        rounds.watch(assistant=assistant, at=timezone.now())
    return assistant is not None


@shared_task(name="reviews.tasks.thin_out_assessments")
def thin_out_assessments() -> int:
    """Keep one assessment a day of the older ones."""
    return rounds.thin_out(at=timezone.now())


@shared_task(name="reviews.tasks.write_alerts")
def write_alerts() -> int:
    """Write the alerts about incidents and owners that are due."""
    return writing.write_due(at=timezone.now())


@shared_task(name="reviews.tasks.notice_silence")
def notice_silence() -> int:
    """Write an alert when nothing arrives, and when it arrives again."""
    return writing.write_silences(at=timezone.now())


@shared_task(name="reviews.tasks.deliver_mails")
def deliver_mails() -> int:
    """Send the mails that are due, of all sorts; one round at a time, else slow ones pile up."""
    with locked("round of mails") as is_mine:
        return outbox.deliver_mails(at=timezone.now()) if is_mine else 0


@shared_task(name="reviews.tasks.deliver_posts")
def deliver_posts() -> int:
    """Post the alerts that are due to webhooks; one round at a time."""
    with locked("round of posts") as is_mine:
        return posts.deliver_due(at=timezone.now()) if is_mine else 0
