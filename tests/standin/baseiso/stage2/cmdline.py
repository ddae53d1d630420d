"""The kernel's arguments, as Anaconda reads them: inst.* options and consoles."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class BootOptions:
    """What the boot menu's entry asked for."""

    kickstart: str = ""  # value of inst.ks=, as hd:LABEL=x:/path; empty when there is none
    repo: str = ""  # value of inst.repo=
    strict: bool = False  # inst.ksstrict: warnings in the kickstart are errors
    gpt: bool = False  # inst.gpt: GPT on BIOS machines too
    check_medium: bool = False  # rd.live.check
    poweroff_on_error: bool = False  # ours: end an unattended test early
    consoles: tuple[str, ...] = ()  # each console= argument, handed on to the installed system


def parse(line: str) -> BootOptions:
    """Return the options in the kernel command line ``line``; of an option given twice the last counts."""
    words = shlex.split(line)
    values = dict(word.split("=", 1) for word in words if "=" in word)
    flags = set(words) | {name for name, value in values.items() if value == "1"}
    return BootOptions(
        kickstart=values.get("inst.ks", ""),
        repo=values.get("inst.repo", ""),
        strict="inst.ksstrict" in flags,
        gpt="inst.gpt" in flags,
        check_medium="rd.live.check" in flags,
        poweroff_on_error=values.get("pebble.onerror") == "poweroff",
        consoles=tuple(word for word in words if word.startswith("console=")),
    )
