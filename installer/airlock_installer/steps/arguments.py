"""What ansible-playbook's own arguments make of a run, and how they are kept.

Source: ``ansible-playbook --help`` of ansible-core 2.16; it takes long options by any prefix, as argparse does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from airlock_installer.ledger import DRY, FULL, PARTIAL

LOOKING = ("--check", "--diff")
"""A run that only tells what it would change."""

_DRY = frozenset(["--check", "--syntax-check", "--list-hosts", "--list-tags", "--list-tasks", "--help", "--version"])
_PARTIAL = frozenset(["--limit", "--tags", "--skip-tags", "--start-at-task", "--step"])
_TELLING = frozenset(["--extra-vars"])
_SHORT = {"C": "--check", "l": "--limit", "t": "--tags", "e": "--extra-vars", "h": "--help", "v": "--verbose"}
_SHORT_WITH_VALUE = frozenset("eliftucTMJ")
_OTHERS = frozenset(
    [
        *("--ask-become-pass", "--ask-pass", "--ask-vault-pass", "--become", "--become-method", "--become-user"),
        *("--become-password-file", "--connection", "--connection-password-file", "--diff", "--flush-cache"),
        *("--force-handlers", "--forks", "--inventory", "--module-path", "--private-key", "--scp-extra-args"),
        *("--sftp-extra-args",),
        *("--ssh-common-args", "--ssh-extra-args", "--timeout", "--user", "--vault-id", "--vault-password-file"),
        "--verbose",
    ]
)
_LONG = _DRY | _PARTIAL | _TELLING | _OTHERS
HIDDEN = "***"


def kind(arguments: Sequence[str]) -> str:
    """Which kind of run these arguments make: one that does a whole step, or less than that."""
    given = {option for option, _ in _options(arguments)}
    return DRY if given & _DRY else PARTIAL if given & _PARTIAL else FULL


def tells_all(arguments: Sequence[str]) -> bool:
    """Whether all that Ansible prints is asked for."""
    return any(option == "--verbose" for option, _ in _options(arguments))


def shown(arguments: Sequence[str]) -> list[str]:
    """The arguments without values of variables, which may be secret; names of files are none."""
    words = list(arguments)
    for option, place in _options(arguments):
        if option in _TELLING:
            words[place] = _without_value(words[place])
            if _awaits_value(arguments[place]) and place + 1 < len(words):
                words[place + 1] = _hidden(words[place + 1])
    return words


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Options by their full names, with their places."""
    for place, word in enumerate(arguments):
        if word.startswith("--"):
            yield from ((option, place) for option in _meant(word.partition("=")[0]))
        elif word.startswith("-"):
            yield from ((_SHORT[letter], place) for letter in _cluster(word) if letter in _SHORT)


def _meant(name: str) -> list[str]:
    """The options that a name or the beginning of one may mean."""
    return [name] if name in _LONG else [option for option in sorted(_LONG) if option.startswith(name)]


def _cluster(word: str) -> Iterator[str]:
    """The options of a word such as ``-CDl``; what follows one that takes a value is its value."""
    for letter in word[1:]:
        yield letter
        if letter in _SHORT_WITH_VALUE:
            return


def _awaits_value(word: str) -> bool:
    return "=" not in word if word.startswith("--") else word.endswith("e")


def _without_value(word: str) -> str:
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return f"{name}{equals}{_hidden(value)}" if equals else word
    before, _, value = word.partition("e")
    return f"{before}e{_hidden(value)}" if value else word


def _hidden(value: str) -> str:
    return value if value.startswith("@") else HIDDEN
