"""Documents of modules.yaml, made for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence


def stream(
    name: str,
    stream: str,
    requires: str = "platform: [el8]",
    *,
    context: str = "c1",
    version: int = 1,
    arch: str = "x86_64",
    rpms: Sequence[str] | None = None,
    profiles: str = "",
    more: str = "",
) -> str:
    """A modulemd document; its packages are ``name-stream-version`` where none are given."""
    release = [f"{name}-0:{stream}-{version}.x86_64", f"{name}-0:{stream}-{version}.src"]
    return f"""---
document: modulemd
version: 2
data:
  name: {name}
  stream: "{stream}"
  version: {version}
  context: {context}
  arch: {arch}
  summary: s
  description: d
  license: {{module: [MIT]}}
  dependencies:
  - requires: {{{requires}}}
  profiles: {{{profiles or f"common: {{rpms: [{name}]}}"}}}
  artifacts: {{rpms: {json.dumps(release if rpms is None else list(rpms))}}}
  {more}
...
"""


def default(name: str, stream: str = "", profiles: str = "{}", modified: int = 0) -> str:
    """A modulemd-defaults document."""
    told = f', stream: "{stream}"' if stream else ""
    changed = f", modified: {modified}" if modified else ""
    data = f"{{module: {name}{told}{changed}, profiles: {profiles}}}"
    return f"---\ndocument: modulemd-defaults\nversion: 1\ndata: {data}\n...\n"


def obsoletes(name: str, stream: str, by: str = "", modified: str = "2020-01-01T00:00Z", more: str = "") -> str:
    """A modulemd-obsoletes document; ``by`` is ``name:stream``, ``more`` further keys."""
    module, _, other = by.partition(":")
    successor = f'  obsoleted_by: {{module: {module}, stream: "{other}"}}\n' if by else ""
    return (
        f"---\ndocument: modulemd-obsoletes\nversion: 1\ndata:\n  modified: {modified}\n  module: {name}\n"
        f'  stream: "{stream}"\n  message: m\n{successor}  {more}\n...\n'
    )
