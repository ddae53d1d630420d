"""Comps and modules of a set of packages."""

from collections import defaultdict
from collections.abc import Sequence

from tests.standin.synthetic.graph import FOUNDATION
from tests.standin.synthetic.package import Package

_GROUP_SIZE = 30
_GROUP = """  <group>
    <id>{id}</id>
    <name>{name}</name>
    <description>{name}, made for tests.</description>
    <default>false</default>
    <uservisible>true</uservisible>
    <packagelist>
{members}
    </packagelist>
  </group>
"""
_ENVIRONMENT = """  <environment>
    <id>whole-environment</id>
    <name>Whole</name>
    <description>All groups.</description>
    <display_order>10</display_order>
    <grouplist>
{members}
    </grouplist>
  </environment>
"""
_STREAM = """---
document: modulemd
version: 2
data:
  name: {name}
  stream: "{stream}"
  version: {version}
  context: {context}
  arch: x86_64
  summary: {name}, as a module
  description: >-
    Made for tests.
  license:
    module: [MIT]
  dependencies:
  - requires:
      platform: [el9]
  profiles:
    common:
      rpms: [{name}]
  artifacts:
    rpms:
{artifacts}
...
---
document: modulemd-defaults
version: 1
data:
  module: {name}
  stream: "{stream}"
  profiles:
    "{stream}": [common]
...
"""


def comps(packages: Sequence[Package]) -> str:
    """A group ``core`` of what all else stands on, further groups of programs, and an environment of all groups."""
    programs = [package.name for package in packages[FOUNDATION:] if package.name == package.source]
    groups = {"core": [package.name for package in packages[:FOUNDATION]]}
    for number, start in enumerate(range(0, len(programs), _GROUP_SIZE), start=1):
        groups[f"programs-{number}"] = programs[start : start + _GROUP_SIZE]
    text = "".join(_group(identity, members) for identity, members in groups.items())
    named = "\n".join(f"      <groupid>{identity}</groupid>" for identity in groups)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<comps>\n{text}{_ENVIRONMENT.format(members=named)}</comps>\n'


def modules(packages: Sequence[Package]) -> str:
    """A stream, and the default that names it, for each module that packages belong to."""
    members: dict[str, list[Package]] = defaultdict(list)
    for package in packages:
        if package.module:
            members[package.module].append(package)
    return "".join(_stream(module, members[module]) for module in sorted(members))


def _group(identity: str, members: Sequence[str]) -> str:
    lines = "\n".join(f'      <packagereq type="mandatory">{name}</packagereq>' for name in members)
    return _GROUP.format(id=identity, name=identity.capitalize().replace("-", " "), members=lines)


def _stream(module: str, members: Sequence[Package]) -> str:
    name, stream, version, context = module.split(":")
    artifacts = "\n".join(f"    - {package.nevra}" for package in members)
    return _STREAM.format(name=name, stream=stream, version=version, context=context, artifacts=artifacts)
