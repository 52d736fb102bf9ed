"""Rows about people's work on the answers, and what follows from it."""

from reviews.models.assignment import Assignment, Skip
from reviews.models.definition import Criterion, DefinitionEvent, DefinitionVersion, Level
from reviews.models.flag import Flag
from reviews.models.grade import CriterionGrade, Grade, Verdict
from reviews.models.part import Part, PartOwnership, ReasonRoute
from reviews.models.reason import WentWrong
from reviews.models.report import MailPreference, Report, ReportDelivery
from reviews.models.rollup import CriterionRollup, DirtyDay, Rollup
from reviews.models.sample import Sample, SampleReason, SamplingChance, SamplingPolicy

__all__ = [
    "Assignment",
    "Criterion",
    "CriterionGrade",
    "CriterionRollup",
    "DefinitionEvent",
    "DefinitionVersion",
    "DirtyDay",
    "Flag",
    "Grade",
    "Level",
    "MailPreference",
    "Part",
    "PartOwnership",
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
    "WentWrong",
]
