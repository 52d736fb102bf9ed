"""Rows about the assistant: what it said, how people took it, what was running."""

from ingestion.models.assistant import Assistant, AssistantKey
from ingestion.models.conversation import SEARCH_FORMULA, Conversation, SearchEntry
from ingestion.models.day_signals import DaySignals
from ingestion.models.intake import DayCount, IntakeBatch, Refusal
from ingestion.models.release import Release
from ingestion.models.signal import Signal

__all__ = [
    "SEARCH_FORMULA",
    "Assistant",
    "AssistantKey",
    "Conversation",
    "DayCount",
    "DaySignals",
    "IntakeBatch",
    "Refusal",
    "Release",
    "SearchEntry",
    "Signal",
]
