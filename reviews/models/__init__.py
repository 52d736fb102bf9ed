"""Rows about people's work on the answers, and what follows from it."""

from reviews.models.alert import Alert, AlertDelivery, AlertPreference, Webhook
from reviews.models.assignment import Assignment, Priority, Skip
from reviews.models.definition import Criterion, DefinitionEvent, DefinitionVersion, Level
from reviews.models.flag import Flag
from reviews.models.grade import AnswerEntry, CriterionGrade, Grade, Verdict
from reviews.models.incident import Incident, IncidentEvent
from reviews.models.look_back import HeldDrill, KeptLookBack
from reviews.models.part import Part, PartOwnership, ReasonRoute
from reviews.models.reason import WentWrong
from reviews.models.report import MailPreference, Report, ReportDelivery
from reviews.models.rollup import CriterionRollup, DirtyDay, FlaggedCount, Rollup
from reviews.models.sample import DRAWN, Sample, SampleReason, SamplingChance, SamplingPolicy
from reviews.models.watch import Assessment, DriftAlarm

__all__ = [
    "DRAWN",
    "Alert",
    "AlertDelivery",
    "AlertPreference",
    "AnswerEntry",
    "Assessment",
    "Assignment",
    "Criterion",
    "CriterionGrade",
    "CriterionRollup",
    "DefinitionEvent",
    "DefinitionVersion",
    "DirtyDay",
    "DriftAlarm",
    "Flag",
    "FlaggedCount",
    "Grade",
    "HeldDrill",
    "Incident",
    "IncidentEvent",
    "KeptLookBack",
    "Level",
    "MailPreference",
    "Part",
    "PartOwnership",
    "Priority",
    "ReasonRoute",
    "Report",
    "ReportDelivery",
    "Rollup",
    "Sample",
    "SampleReason",
    "SamplingChance",
    "SamplingPolicy",
    "Skip",
    "Verdict",
    "Webhook",
    "WentWrong",
]
