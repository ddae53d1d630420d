"""Our own reading and writing of YAML agrees with PyYAML's, which is slower, on whatever both take."""

import random
import string
from typing import Any

import pytest
import yaml

from airlock_core import strict_yaml
from airlock_core.errors import InputError

ODD = (
    "yes", "No", "on", "null", "~", "true", "1", "1.5", "1e3", "0x1f", "1_000", "1:30", "010", "0o7", "+1", ".inf", "=",
    "<<", "---", "...", "- a", "-", "?", "a: b", "a:", "a #b", "#", " a", "a ", "", "a\nb", "\n", "x" * 200, "é", "\t",
    "2024-01-01", "1.10", "1.8.5-1.el9", "%a", "@a", "`", "a'b", 'a"b', "[", "{}", "a,b", "&a", "*a", "!a", "|", ">",
)  # fmt: skip
REFUSED = {"?", "&a"}
"""A mapping whose key is null, an anchor: refused whatever PyYAML makes of them."""
LETTERS = string.ascii_letters + string.digits + "/:._-+~^ #'\"{}[],&*!|>%@`=?é"


class Texts(yaml.CSafeLoader):
    """PyYAML's loader, with dates as texts."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def scalar(roll: random.Random) -> Any:
    return roll.choice((
        roll.choice(ODD), roll.randint(-5, 1 << 40), roll.choice((True, False, None)), roll.random(),
        "".join(roll.choice(LETTERS) for _ in range(roll.randint(1, 12))),
    ))  # fmt: skip


def value(roll: random.Random, depth: int = 0) -> Any:
    kind = roll.random()
    if depth and (depth > 4 or kind < 0.5):
        return scalar(roll)
    if kind < 0.75:
        return [value(roll, depth + 1) for _ in range(roll.randint(0, 4))]
    return {str(scalar(roll)): value(roll, depth + 1) for _ in range(roll.randint(0, 4))}


def slowly(data: Any) -> str:
    return yaml.dump(data, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=1 << 20)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_is_what_pyyaml_writes(seed: int) -> None:
    roll = random.Random(seed)
    for _ in range(100):
        data = value(roll)
        assert strict_yaml.dumps(data) == slowly(data)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_read_is_what_pyyaml_reads(seed: int) -> None:
    roll = random.Random(seed)
    for _ in range(100):
        data = value(roll)
        for style in (None, True):
            text = yaml.dump(data, Dumper=yaml.SafeDumper, default_flow_style=style, allow_unicode=True)
            assert repr(strict_yaml.loads(text, where="x")) == repr(yaml.load(text, Texts))


@pytest.mark.parametrize(
    "text",
    [*sorted({*ODD} - REFUSED), "! 1", "!!str 1", "!!int '7'", "!!float 1", "!!bool 'no'", "a: !!map {b: !!seq []}"],
)
def test_a_scalar_as_people_write_it_is_read_as_pyyaml_reads_it(text: str) -> None:
    try:
        wanted = yaml.load(text, Texts)
    except (yaml.YAMLError, ValueError):
        with pytest.raises(InputError):
            strict_yaml.loads(text, where="x")
    else:
        found = strict_yaml.loads(text, where="x")
        assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    "text", ["!!set {a}", "!!binary YQ==", "!!omap [a: 1]", "!!timestamp 2024-01-01", "{!!python/none a: 1}"]
)
def test_other_tags_are_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="is not allowed") as caught:
        strict_yaml.loads(text, where="m.yaml")
    assert caught.value.where.startswith("m.yaml:1:")
