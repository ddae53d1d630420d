"""Reading lock entries strictly: each key by its type, unknown keys refused, all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, raise_all

T = TypeVar("T")

_KINDS: Mapping[type, str] = {
    type(None): "nothing", str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list",
    dict: "a mapping",
}  # fmt: skip


class Reader:
    """Takes keys out of one mapping and remembers every fault until :meth:`done`.

    Args:
        data: the mapping as read from YAML.
        where: its path, such as ``rpms.lock: arches[0].packages[3]``.
        inside: it stands in another mapping, and is not all of a file.
    """

    def __init__(self, data: Any, where: str, *, inside: bool = False) -> None:
        self.where = where
        self._inside = inside
        self.faults: list[AirlockError] = []
        self.left: dict[str, Any] = dict(data) if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.fault("", f"expected a mapping, found {_kind(data)}")

    def fault(self, key: str, what: str) -> None:
        """Remember a fault at a key."""
        self.faults.append(InputError(what, where=self.at(key) if key else self.where))

    def at(self, key: str) -> str:
        """The path of a key."""
        return f"{self.where}.{key}" if self._inside else f"{self.where}: {key}"

    def text(self, key: str, default: str | None = None) -> str:
        """A text; numbers are read as text, since YAML takes ``1.10`` for one."""
        value = self._take(key, default)
        return "" if value is None else str(value)

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number that is not negative; the default may be."""
        if key not in self.left and default is not None:
            return default
        value = self._take(key, default)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fault(key, f"expected a whole number, found {value!r}")
            return 0
        return value

    def digest(self, key: str) -> Digest:
        """A digest; a placeholder stands in for one that is not, with the fault remembered."""
        return self._digest(key, self.text(key))

    def digests(self, key: str) -> tuple[Digest, ...]:
        """A list of digests, empty where the key is absent."""
        return tuple(self._digest(f"{key}[{index}]", str(value)) for index, value in enumerate(self._list(key)))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is absent."""
        return tuple(str(value) for value in self._list(key))

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping, empty where the key is absent."""
        value = self._take(key, {})
        if not isinstance(value, Mapping):
            self.fault(key, f"expected a mapping, found {_kind(value)}")
            return {}
        return dict(value)

    def each(self, key: str, read: Callable[[Reader], T]) -> tuple[T, ...]:
        """A list of mappings, each read by ``read``; empty where the key is absent."""
        entries = []
        for index, value in enumerate(self._list(key)):
            reader = Reader(value, self.at(f"{key}[{index}]"), inside=True)
            entries.append(read(reader))
            reader.no_more()
            self.faults += reader.faults
        return tuple(entries)

    def optional(self, key: str, read: Callable[[Reader], T]) -> T | None:
        """A mapping, read by ``read``; None where the key is absent."""
        if key not in self.left:
            return None
        reader = Reader(self.left.pop(key), self.at(key), inside=True)
        found = read(reader)
        reader.no_more()
        self.faults += reader.faults
        return found

    def constant(self, key: str, value: str | int) -> None:
        """A key that must have just this value."""
        found = self._take(key, None)
        if found is not None and found != value:
            self.fault(key, f"expected {value!r}, found {found!r}")

    def no_more(self) -> None:
        """All keys must have been taken."""
        for key in self.left:
            self.fault(key, "unknown key")

    def done(self, what: str) -> None:
        """Raise all faults that were found, unknown keys among them.

        Raises:
            InputError, Faults: where there were any.
        """
        self.no_more()
        raise_all(f"{what}: {len(self.faults)} faults", self.faults)

    def _digest(self, key: str, value: str) -> Digest:
        try:
            return Digest.parse(value)
        except InputError as error:
            if value:
                self.fault(key, error.what)
            return Digest("sha256", "0" * 64)

    def _take(self, key: str, default: Any) -> Any:
        if key not in self.left:
            if default is None:
                self.fault(key, "is missing")
            return default
        return self.left.pop(key)

    def _list(self, key: str) -> list[Any]:
        value = self._take(key, [])
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(key, f"expected a list, found {_kind(value)}")
            return []
        return value


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)
