"""What can be wrong with an answer: one list for flags, grades and owners."""

from django.db import models


class WentWrong(models.TextChoices):
    """Why an answer is bad. The first six can be told by anyone and are offered on flags;
    the last two only by a reviewer, who sees the passages."""

    WRONG_FACT = "wrong_fact", "Wrong fact"
    OUT_OF_DATE = "out_of_date", "Out of date"
    INCOMPLETE = "incomplete", "Incomplete"
    DID_NOT_ANSWER = "did_not_answer", "Did not answer"
    RUDE_OR_UNSAFE = "rude_unsafe", "Rude or unsafe"
    SOMETHING_ELSE = "something_else", "Something else"
    CONTRADICTS_SOURCE = "contradicts_source", "Contradicts a source"
    NOT_IN_SOURCE = "not_in_source", "Not in any source"


FLAG_REASONS = (
    WentWrong.WRONG_FACT,
    WentWrong.OUT_OF_DATE,
    WentWrong.INCOMPLETE,
    WentWrong.DID_NOT_ANSWER,
    WentWrong.RUDE_OR_UNSAFE,
    WentWrong.SOMETHING_ELSE,
)
