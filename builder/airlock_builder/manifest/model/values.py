"""What the parts of a manifest are made of: plain values that do not change, with marks for what may stand in a field.

pydantic reads the marks where a manifest is in doubt. They bring it in only when it asks them, so that a manifest that
is plainly right costs none of its start (:mod:`airlock_builder.manifest.sound`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar, dataclass_transform

from airlock_core.values import Value

Schema = Any
"""A schema of pydantic_core."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Model(Value):
    """Base of all parts: unknown keys are errors, values do not change, and are named where a part is made."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__(kw_only=True)


class Text(Value):
    """A text in which a pattern is found, of so many letters at the least."""

    pattern: str | None = None
    least: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        return core_schema.str_schema(pattern=self.pattern, min_length=self.least)


class Whole(Value):
    """A whole number, within bounds that it may itself have."""

    least: int
    most: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        return core_schema.int_schema(ge=self.least, le=self.most)


class Checked(Value):
    """A value that a function lets pass; it raises ValueError for others, with what is wrong."""

    check: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.check, handler(source))


class Written(Value):
    """A value that may be written otherwise: in the shape of ``kind``, from which ``shape`` makes its own."""

    shape: Callable[[Any], Any]
    kind: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        written = handler.generate_schema(self.kind)
        return core_schema.no_info_before_validator_function(
            self.shape, handler(source), json_schema_input_schema=written
        )


class Tag(Value):
    """The name of one member of a union, in errors too: ``<name>``."""

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        import pydantic

        return pydantic.Tag(self.name).__get_pydantic_core_schema__(source, handler)


class Chosen(Value):
    """A union whose member is the one with the tag that a function says for a value."""

    tag_of: Callable[[Any], str]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        import pydantic

        return pydantic.Discriminator(self.tag_of).__get_pydantic_core_schema__(source, handler)
