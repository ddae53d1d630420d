"""Inventories made by chance, from a seed: all that Ansible's INI format has, and that is no fault."""

from __future__ import annotations

import random
from collections.abc import Iterator

_GROUPS = ["mons", "osds", "kube_control_plane", "kube_node", "controller-node", "racks", "lab.one", "others"]
_HOSTS = [
    "n[1:4]",
    "n[01:03]",
    "n[1:7:3]",
    "n[a:c]",
    "n[y:B]",
    "s[1:2]x[a:b]",
    "one",
    "two.x",
    "10.0.0.[8:11]",
    "n_1",
    "n[:2]",
]
_PORTED = ["p[1:2]:2222", "q:22", "10.1.0.1:2200"]
_VALUES = [
    "x",
    "12",
    "012",
    "1.5",
    "True",
    "yes",
    "None",
    "'a b'",
    '"it\'s"',
    "[1,2]",
    "'{\"a\":1}'",
    "a=b",
    "192.168.0.1",
    "''",
    "1_000",
    "0x10",
    "a\\ b",
    "!vault",
    "#none",
    "{{x}}",
]
_PLAIN = [
    "x",
    "12",
    "a b  c",
    "'quoted'",
    '"two"',
    "[1, 2]",
    '{"a": "b"}',
    "5 # five",
    "text # and more",
    "a=b=c",
    "",
    "- x",
    "(1, 2)",
]
_COMMENTS = ["", "", "", " # said", "   #said", "# at once"]
_KEYS = ["ip", "monitor_address", "a", "b", "c", "ansible_host", "node_labels"]


def inventory(seed: int) -> str:
    """The text of one inventory."""
    chance = random.Random(seed)
    groups = chance.sample(_GROUPS, chance.randint(1, len(_GROUPS)))
    lines = ["; by chance", *_hosts(chance, chance.randint(0, 4), _PORTED)]
    sections = [*_sections(chance, groups)]
    chance.shuffle(sections)
    for section in sections:
        lines += [*section, *chance.choice(([], [""], ["  ", "# and now"]))]
    return "\n".join(lines) + "\n"


def _sections(chance: random.Random, groups: list[str]) -> Iterator[list[str]]:
    for index, group in enumerate(groups):
        yield [f"[{group}]{chance.choice(['', ' ', ' # hosts'])}", *_hosts(chance, chance.randint(0, 3), [])]
        below = groups[index + 1 :]
        if below and chance.random() < 0.5:
            chosen = chance.sample(below, chance.randint(1, len(below)))
            yield [f"[{group}:children]", *(f"{name}{chance.choice(_COMMENTS[:4])}" for name in chosen)]
        if chance.random() < 0.5:
            yield [f"[{group}:vars]", *_variables(chance)]
    if chance.random() < 0.5:
        yield ["[all:vars]", *_variables(chance)]


def _hosts(chance: random.Random, count: int, ported: list[str]) -> Iterator[str]:
    for name in [*chance.sample(_HOSTS, count), *(chance.sample(ported, 1) if ported and count else [])]:
        words = [f"{chance.choice(_KEYS)}={chance.choice(_VALUES)}" for _ in range(chance.randint(0, 3))]
        yield chance.choice(["", "  ", "\t"]) + " ".join([name, *words]) + chance.choice(_COMMENTS)


def _variables(chance: random.Random) -> Iterator[str]:
    for _ in range(chance.randint(0, 3)):
        yield f"{chance.choice(_KEYS)}{chance.choice(['=', ' = ', '= '])}{chance.choice(_PLAIN)}"
    if chance.random() < 0.3:
        yield f"ansible_group_priority={chance.randint(1, 9)}"
