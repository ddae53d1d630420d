"""The site's YAML files: which there are, and what each holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock_installer.site.model.backends import Ceph, Hitachi, Netapp, Powerflex
from airlock_installer.site.model.values import Model
from airlock_installer.site.model.variables import Variables

VARIABLES = "vars"
KINDS: Mapping[str, type[Model]] = {
    VARIABLES: Variables,
    "ceph": Ceph,
    "netapp": Netapp,
    "powerflex": Powerflex,
    "hitachi": Hitachi,
}
"""What a file holds, by its short name."""


def file_of(kind: str) -> str:
    """Where a file is, from the site's folder."""
    return "vars.yml" if kind == VARIABLES else f"group_vars/all/{kind}_vars.yml"


def home_of(key: str) -> str:
    """The file that a key belongs in, from the site's folder; empty where it is no key of ours."""
    return next((file_of(name) for name, kind in KINDS.items() if key in kind.model_fields), "")


def schema_file_of(kind: str) -> str:
    """Where the JSON Schema of a file is, from the site's folder."""
    return f"schemas/{kind}.schema.json" if kind == VARIABLES else f"schemas/{kind}_vars.schema.json"


def schema(kind: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **KINDS[kind].model_json_schema()}
