"""Of a large index.yaml the charts that are wanted are read as by reading all of it, whatever else it holds."""

from __future__ import annotations

import pytest

from airlock_builder.charts.skimming import skimmed
from airlock_core import strict_yaml

INDEX = """\
apiVersion: v1
entries:
  # a word
  alpha:
  - version: 1.0.0
    description: |
      beta:
        - not a chart
    urls:
    - alpha-1.0.0.tgz
  beta:
    - version: 2.0.0

      description: >-
        folded
  "1.2":
  - version: 3.0.0
  gamma: []
  delta:  # none
  - version: &anchor 4.0.0
generated: "2024-01-01T00:00:00Z"
serverInfo: {}
"""


def entries(text: str, *wanted: str) -> dict[str, object]:
    data = strict_yaml.loads(skimmed(text.encode(), wanted), where="index.yaml")
    found: dict[str, object] = data["entries"]
    assert {key: data[key] for key in data if key != "entries"} == {
        "apiVersion": "v1",
        "generated": "2024-01-01T00:00:00Z",
        "serverInfo": {},
    }
    return found


@pytest.mark.parametrize("name", ["alpha", "beta", "1.2", "gamma"])
def test_a_chart_that_is_wanted_is_read_whole_and_all_are_named(name: str) -> None:
    text = INDEX.replace("&anchor ", "")
    found = entries(text, name)
    whole = strict_yaml.loads(text, where="index.yaml")["entries"]
    assert found[name] == whole[name]
    assert list(found) == list(whole)


def test_what_nobody_wants_is_not_read() -> None:
    text = INDEX.replace("delta:  # none", "delta:")
    assert entries(text, "alpha")["delta"] is None
    with pytest.raises(Exception, match="anchors and aliases are not allowed"):
        entries(text, "delta")


@pytest.mark.parametrize(
    "text",
    [
        "entries: {a: [{version: 1}]}\n",
        "- entries:\n",
        "",
        INDEX.replace("\n", "\r\n"),
        '{"entries": {"a": [{"version": "1"}]}}',
    ],
)
def test_an_index_that_helm_would_not_write_is_read_whole(text: str) -> None:
    assert skimmed(text.encode(), ["b"]) == text.encode()


def test_a_name_that_stands_twice_is_seen_whoever_wants_it() -> None:
    text = "entries:\n  a:\n  - version: 1\n  b:\n  - version: 1\n  a:\n  - version: 2\n"
    with pytest.raises(Exception, match="stands twice"):
        strict_yaml.loads(skimmed(text.encode(), ["b"]), where="index.yaml")
