"""Values that do not change: dataclasses whose methods are written once, for all of them.

What ``@dataclass(frozen=True)`` writes and compiles anew for each class takes 0.8 ms a class, and what nearly every
command imports has sixty: a tenth of the time in which it starts and is done.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value:
    """Base of values: what a frozen dataclass without an order is, to :func:`dataclasses.replace` and the like too.

    Where many thousands of a class are made or compared, ``@dataclass(frozen=True)`` is faster.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)

    def __init__(self, *args: Any, **values: Any) -> None:
        known, state = fields(self), vars(self)
        for one, value in zip(known, args, strict=False):
            state[one.name] = value
        for one in known[len(args) :]:
            state[one.name] = values.pop(one.name) if one.name in values else _default(one)
        if values or len(args) > len(known):
            unknown = ", ".join(values) or f"{len(args)} values"
            raise TypeError(f"{type(self).__name__} cannot take {unknown}")
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
        return tuple([getattr(self, one.name) for one in fields(self) if one.compare])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    if one.default_factory is MISSING:
        raise TypeError(f"{one.name} must be given")
    return one.default_factory()
