"""The repository around the RPMs: comps, modules, repodata and its signature."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.standin.keys import sign_detached
from tests.standin.packages.spec import Spec
from tests.standin.run import EPOCH, run

_GROUP = """  <group>
    <id>{id}</id>
    <name>{name}</name>
    <description>{description}</description>
    <default>{default}</default>
    <uservisible>{visible}</uservisible>
    <packagelist>
{members}
    </packagelist>
  </group>
"""

_ENVIRONMENT = """  <environment>
    <id>minimal-environment</id>
    <name>Minimal Install</name>
    <description>Basic functionality.</description>
    <display_order>10</display_order>
    <grouplist>
      <groupid>core</groupid>
    </grouplist>
    <optionlist>
      <groupid default="false">standard</groupid>
      <groupid default="false">appliance</groupid>
    </optionlist>
  </environment>
"""

_DOCTYPE = '<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">'

Members = dict[str, tuple[str, ...]]

MODULE_VERSION = 8100020240101000000

# id: name, description, members by type
GROUPS: dict[str, tuple[str, str, Members]] = {
    "core": (
        "Core", "Smallest possible installation",
        {"mandatory": ("pebble-base", "kernel-core", "openssh-server", "openssh-clients"), "default": ("chrony",)},
    ),
    "standard": ("Standard", "The standard installation", {"mandatory": ("jq",), "optional": ("tree",)}),
    "appliance": (
        "Appliance", "What serves a medium to a site",
        {"mandatory": ("python3.11", "nginx", "docker-distribution", "skopeo"), "optional": ("haproxy", "keepalived")},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Stream:
    """One stream of a module: its name, its package's spec, and whether it is the default."""

    module: str
    name: str
    context: str
    spec: Spec
    default: bool


def write(folder: Path, work: Path, streams: Sequence[Stream]) -> None:
    """Write the repodata of the RPMs under ``folder``/Packages; ``work`` is a scratch folder."""
    comps, modules = work / "comps.xml", folder / "modules.yaml"
    comps.write_text(comps_xml())
    modules.write_text(modules_yaml(streams))
    for file in (comps, modules):
        os.utime(file, (EPOCH, EPOCH))
    run(
        "createrepo_c", "--quiet", "--no-database", "--general-compress-type", "gz",
        "--revision", str(EPOCH), "--set-timestamp-to-revision", "--groupfile", comps, folder,
    )  # fmt: skip
    modules.unlink()  # createrepo_c has taken it into the repodata
    sign_detached(folder / "repodata/repomd.xml")


def comps_xml() -> str:
    """Return the groups and the environment, in the form of comps.dtd."""
    groups = "".join(_group(id_, *rest) for id_, rest in GROUPS.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n<comps>\n{groups}{_ENVIRONMENT}</comps>\n'


def modules_yaml(streams: Sequence[Stream]) -> str:
    """Return the module streams and their defaults (modulemd-stream-v2, modulemd-defaults-v1)."""
    defaults = [_default(stream) for stream in streams if stream.default]
    return "".join([*(_stream(stream) for stream in streams), *defaults])


def _group(id_: str, name: str, description: str, members: Members) -> str:
    lines = [
        f'      <packagereq type="{kind}">{member}</packagereq>'
        for kind, of_kind in members.items()
        for member in of_kind
    ]
    core = id_ == "core"
    return _GROUP.format(
        id=id_,
        name=name,
        description=description,
        default=str(core).lower(),
        visible=str(not core).lower(),
        members="\n".join(lines),
    )


def _stream(stream: Stream) -> str:
    return f"""---
document: modulemd
version: 2
data:
  name: {stream.module}
  stream: "{stream.name}"
  version: {MODULE_VERSION}
  context: {stream.context}
  arch: x86_64
  summary: {stream.module}, as a module
  description: >-
    Stream {stream.name} of the stand-in's {stream.module}. Every stream holds the same program.
  license:
    module:
    - MIT
  dependencies:
  - requires:
      platform: [el8]
  profiles:
    common:
      rpms:
      - {stream.spec.name}
  api:
    rpms:
    - {stream.spec.name}
  artifacts:
    rpms:
    - {stream.spec.nevra}
...
"""


def _default(stream: Stream) -> str:
    return f"""---
document: modulemd-defaults
version: 1
data:
  module: {stream.module}
  stream: "{stream.name}"
  profiles:
    "{stream.name}": [common]
...
"""
