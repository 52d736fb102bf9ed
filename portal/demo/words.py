"""What fills the blanks of the texts: products, places, names, dates and amounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from portal.demo.content.shape import Blanks

ITEMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "jacket": {
        "en": (
            "Ridge rain jacket",
            "Fellside down jacket",
            "Harbour waxed jacket",
            "Skerry windproof jacket",
            "Brae softshell jacket",
        ),
        "de": ("Ridge Regenjacke", "Fellside Daunenjacke", "Brae Softshelljacke"),
        "fr": ("veste Ridge", "doudoune Fellside", "veste Skerry"),
    },
    "rain": {"en": ("Ridge rain jacket", "Kelder rain jacket", "Storr shell jacket")},
    "shoes": {"en": ("Tarn boots", "Scree trail shoes", "Cairn approach shoes", "Tarn Wide boots")},
    "trousers": {
        "en": ("Moor walking trousers", "Tor softshell trousers", "Gully zip-off trousers")
    },
    "base": {"en": ("Wether merino top", "Wether long-sleeve top", "Lamb merino base layer")},
    "fleece": {"en": ("Hollin fleece", "Bracken half-zip fleece", "Thicket fleece jacket")},
    "tent": {"en": ("Holm four-person tent", "Holm family tent", "Lodge four-person tent")},
    "kids": {"en": ("Puddle rain suit", "Sprout rain jacket", "Puddle winter suit")},
}
CITIES: Mapping[str, tuple[str, ...]] = {
    "en": ("Leeds", "Bristol", "Sheffield", "Cardiff", "Glasgow", "Norwich", "Exeter", "York"),
    "de": ("Hamburg", "Leipzig", "Freiburg", "Köln", "Kassel"),
    "fr": ("Lyon", "Nantes", "Grenoble", "Lille"),
}
NAMES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Tom", "Siobhán", "Dipti", "Owain", "Łukasz", "Aoife", "Grace", "Hamish", "Ngozi",
        "Marjorie", "Ayşe", "Callum", "Bea", "Rhys", "Xiulan", "ליאור", "شيرين", "José", "Kirsty",
    ),
    "de": ("Jörg", "Katrin", "Mehmet", "Änne", "Lukas"),
    "fr": ("Chloé", "Benoît", "Maëlle", "Yacine"),
}  # fmt: skip
MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre",
    ),
}  # fmt: skip
WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
SEASONS = ("winter", "spring", "summer", "autumn")
SUNDAY = 6


def long_date(day: date, language: str) -> str:
    """A date in words, without the year.

    >>> long_date(date(2026, 11, 9), "en"), long_date(date(2026, 11, 1), "fr")
    ('9 November', '1er novembre')
    """
    month = MONTHS[language][day.month - 1]
    number = {"de": f"{day.day}.", "fr": "1er" if day.day == 1 else f"{day.day}"}
    return f"{number.get(language, day.day)} {month}"


def season(day: date) -> str:
    """The season whose sale people speak of.

    >>> season(date(2026, 11, 17)), season(date(2026, 12, 1))
    ('autumn', 'winter')
    """
    return SEASONS[day.month % 12 // 3]


def no_sunday(day: date, back: bool) -> date:
    """Nothing is sent or delivered on a Sunday: the day before, or after when it is to come."""
    if day.weekday() != SUNDAY:
        return day
    return day + timedelta(days=-1 if back else 1)


def fill(blanks: Blanks, *, language: str, day: date, rng: Random) -> dict[str, str]:
    """The words for one conversation that takes place on `day`."""
    words = {
        "order": f"AC-{rng.randrange(180_000, 260_000)}",
        "city": rng.choice(CITIES[language]),
        "name": rng.choice(NAMES[language]),
        "season": season(day),
    }
    if blanks.item:
        words["item"] = rng.choice(ITEMS[blanks.item][language])
    if blanks.rows:
        words |= rng.choice(blanks.rows)
    words |= {name: rng.choice(values) for name, values in blanks.pick.items()}
    for name, (low, high) in blanks.days.items():
        ago = rng.randint(low, high)
        then = no_sunday(day - timedelta(days=ago), back=ago > 0)
        words[name] = long_date(then, language)
        words[f"{name}_day"] = WEEKDAYS[language][then.weekday()]
    for name, (low, high) in blanks.money.items():
        words[name] = f"£{rng.randint(low, high)}.{rng.choice(('00', '00', '50', '95'))}"
    return words
