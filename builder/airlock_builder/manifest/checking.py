"""Plain data held against the manifest's model by pydantic; JSON Schema falls out of it."""

from __future__ import annotations

import os
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # no other package takes part, and none is searched for

from pydantic import TypeAdapter

from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.model.values import Model

_Kind = TypeVar("_Kind", bound=Model)


def checked(kind: type[_Kind], data: Any) -> _Kind:
    """The value of one kind that plain data say.

    Raises:
        pydantic.ValidationError: all that is wrong with them.
    """
    return cast(_Kind, _adapter(cast(Hashable, kind)).validate_python(data))


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the manifest, for editors and ``airlock schema``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_adapter(Manifest).json_schema()}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
