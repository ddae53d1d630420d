"""What the parts of a manifest are made of: plain values that do not change, with marks for what may stand in a field.

pydantic reads the marks where a manifest is in doubt. They bring it in only when it asks them, so that a manifest that
is plainly right costs none of its start (:mod:`airlock_builder.manifest.sound`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import Any, ClassVar, dataclass_transform

Schema = Any
"""A schema of pydantic_core."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Model:
    """Base of all parts: unknown keys are errors, values do not change.

    Each part is a dataclass. Its methods are these, for all parts the same: to have dataclasses write them anew for
    each of thirty takes longer than to read a manifest.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls) -> None:
        dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)

    def __init__(self, **values: Any) -> None:
        for one in fields(self):
            vars(self)[one.name] = values.pop(one.name) if one.name in values else _default(one)
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """Look at the values beside one another; to be overridden.

        Raises:
            ValueError: they do not go together.
        """

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, one.name) for one in fields(self))

    def __eq__(self, other: object) -> bool:
        return (
            self._values() == other._values()
            if isinstance(other, Model) and type(other) is type(self)
            else NotImplemented
        )

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        shown = (f"{one.name}={value!r}" for one, value in zip(fields(self), self._values(), strict=True))
        return f"{type(self).__qualname__}({', '.join(shown)})"


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    if one.default_factory is MISSING:
        raise TypeError(f"{one.name} must be given")
    return one.default_factory()


@dataclass(frozen=True)
class Text:
    """A text in which a pattern is found, of so many letters at the least."""

    pattern: str | None = None
    least: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        return core_schema.str_schema(pattern=self.pattern, min_length=self.least)


@dataclass(frozen=True)
class Whole:
    """A whole number, within bounds that it may itself have."""

    least: int
    most: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        return core_schema.int_schema(ge=self.least, le=self.most)


@dataclass(frozen=True)
class Checked:
    """A value that a function lets pass; it raises ValueError for others, with what is wrong."""

    check: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.check, handler(source))


@dataclass(frozen=True)
class Written:
    """A value that may be written otherwise: in the shape of ``kind``, from which ``shape`` makes its own."""

    shape: Callable[[Any], Any]
    kind: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        from pydantic_core import core_schema

        written = handler.generate_schema(self.kind)
        return core_schema.no_info_before_validator_function(
            self.shape, handler(source), json_schema_input_schema=written
        )


@dataclass(frozen=True)
class Tag:
    """The name of one member of a union, in errors too: ``<name>``."""

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        import pydantic

        return pydantic.Tag(self.name).__get_pydantic_core_schema__(source, handler)


@dataclass(frozen=True)
class Chosen:
    """A union whose member is the one with the tag that a function says for a value."""

    tag_of: Callable[[Any], str]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Schema:
        import pydantic

        return pydantic.Discriminator(self.tag_of).__get_pydantic_core_schema__(source, handler)
