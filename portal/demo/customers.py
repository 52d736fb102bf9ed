"""How customers write: some carefully, some in a hurry, some with a slip; in chats and emails."""

from __future__ import annotations

import re
from random import Random

GREETINGS = {
    "en": ("Hi, ", "Hello, ", "Hi there. ", "Hey, ", "Hello! "),
    "de": ("Hallo, ", "Guten Tag, ", "Moin, "),
    "fr": ("Bonjour, ", "Bonjour ! "),
}
THANKS = {
    "en": (" Thanks", " Thank you!", " Many thanks in advance.", " Cheers", " 🙏", " Please help."),
    "de": (" Danke", " Vielen Dank im Voraus!", " LG"),
    "fr": (" Merci", " Merci d'avance !"),
}
THANKS_IN_PASSING = {"en": ", thanks", "de": ", danke", "fr": ", merci"}
SIGN_OFFS = {
    "en": ("Kind regards,\n", "Best wishes,\n", "Thanks,\n", "Regards\n", ""),
    "de": ("Mit freundlichen Grüßen\n", "Viele Grüße\n", ""),
    "fr": ("Cordialement,\n", "Bien à vous,\n", ""),
}
GREETED = re.compile(r"^(hi|hello|hey|good|hallo|guten|moin|bonjour)\b", re.IGNORECASE)
PLAIN_WORD = re.compile(r"\b[a-zäöüéèà]{5,}\b")
KEEPS_CAPITAL = re.compile(r"^(I\b|I'|[A-Z]{2}|[A-Z]\w*[A-Z]|Tarn|Rime|Crag|Merc)")


def lower_first(text: str) -> str:
    """The text with a small first letter, unless its first word needs the capital.

    >>> lower_first("Can I return it?"), lower_first("I've lost it")
    ('can I return it?', "I've lost it")
    """
    return text if KEEPS_CAPITAL.match(text) else text[:1].lower() + text[1:]


def slip(text: str, rng: Random) -> str:
    """The text with one slip of the fingers in a longer word."""
    words = list(PLAIN_WORD.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    place = word.start() + rng.randrange(1, len(word.group()) - 2)
    if rng.random() < 0.6:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + text[place + 1 :]


def hurried(text: str, rng: Random) -> str:
    """The text as typed on a phone on the way to the bus."""
    text = lower_first(text)
    if rng.random() < 0.6:
        text = text.replace("'", "")
    return text.rstrip(".") if rng.random() < 0.7 else text


def typed(text: str, rng: Random) -> str:
    """The text as this customer types it."""
    manner = rng.random()
    if manner < 0.3:
        return hurried(text, rng)
    if manner < 0.4:
        return slip(text, rng)
    return text


def in_chat(text: str, *, language: str, rng: Random) -> str:
    """An opening line in a chat, sometimes with a greeting or a thank-you."""
    text = typed(text, rng)
    if not GREETED.match(text) and rng.random() < 0.3:
        greeting = rng.choice(GREETINGS[language])
        text = greeting + (lower_first(text) if greeting.endswith(", ") else text)
    if rng.random() < 0.15:
        ended = text.endswith(("?", ".", "!"))
        text += rng.choice(THANKS[language]) if ended else THANKS_IN_PASSING[language]
    return text


def in_email(text: str, *, language: str, name: str, rng: Random) -> str:
    """The same as an email: a greeting, the matter, a name."""
    greeting = rng.choice(GREETINGS[language]).rstrip(" .!,")
    opened = GREETED.match(text) is not None
    head = "" if opened else f"{greeting},\n\n"
    return f"{head}{text}\n\n{rng.choice(SIGN_OFFS[language])}{name}"
