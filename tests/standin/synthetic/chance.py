"""Draws from a distribution's own proportions, and the words of which packages are made.

Quantiles are those of CentOS Stream 9: requirements of AppStream (January 2025, 17,649 packages), files of BaseOS.
"""

from random import Random

_POINTS = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
REQUIREMENTS = (0, 1, 1, 2, 6, 14, 26, 40, 82, 188)
FILES = (1, 4, 6, 9, 15, 37, 103, 250, 1283, 2500)

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_VERBS = [
    "reads",
    "writes",
    "sorts",
    "tallies",
    "folds",
    "keeps",
    "sends",
    "finds",
    "joins",
    "splits",
    "checks",
    "serves",
]
_THINGS = [
    "files",
    "records",
    "packets",
    "names",
    "keys",
    "pages",
    "streams",
    "tables",
    "rules",
    "events",
    "queues",
    "trees",
]


def drawn(roll: Random, quantiles: tuple[int, ...]) -> int:
    """A number of a distribution given by its quantiles at :data:`_POINTS`, linear between them."""
    at = roll.random()
    index = next(number for number, point in enumerate(_POINTS) if at < point)
    low, high = _POINTS[index - 1], _POINTS[index]
    before, after = quantiles[index - 1], quantiles[index]
    return round(before + (after - before) * (at - low) / (high - low))


def word(roll: Random, taken: set[str]) -> str:
    """A word of two to four syllables that was not taken before."""
    while True:
        found = "".join(roll.choice(_CONSONANTS) + roll.choice(_VOWELS) for _ in range(roll.randint(2, 4)))
        if found not in taken:
            taken.add(found)
            return found


def sentence(roll: Random) -> str:
    """A few words on what a program does."""
    return f"{roll.choice(_VERBS)} {roll.choice(_THINGS)} and {roll.choice(_VERBS)} {roll.choice(_THINGS)}"


def version(roll: Random) -> str:
    """A version of three numbers."""
    return f"{roll.randint(0, 9)}.{roll.randint(0, 20)}.{roll.randint(0, 9)}"


def changelog(roll: Random, newest: int) -> tuple[tuple[int, str, str], ...]:
    """Entries as rpm keeps them, the newest first: time, who and version, text."""
    entries = []
    for number in range(min(60, round(roll.lognormvariate(2.2, 0.8)))):
        newest -= roll.randint(3, 90) * 86400
        entries.append((newest, f"Pebble <pebble@standin.test> - 1.{60 - number}-1", f"- {sentence(roll)}"))
    return tuple(entries)
