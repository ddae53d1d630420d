"""What the site's files are made of: addresses, ranges, interfaces, devices, and what is still to be filled in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import Annotated, Any, TypeVar

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # no other package takes part, and none is searched for

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, InitErrorDetails
from pydantic_core.core_schema import no_info_wrap_validator_function

from airlock_core.sentences import told
from airlock_installer.site.ranges import DOTTED, PREFIXED, AddressRange

T = TypeVar("T")
_BLANK = r"\s*(?:<[^<>]*>)?\s*"
_PLACEHOLDER = re.compile(_BLANK)


class Model(BaseModel):
    """Base of all parts: unknown keys are faults, values do not change, docstrings are an editor's descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def plain(self) -> dict[str, Any]:
        """The values as YAML and Ansible have them, with all defaults."""
        return self.model_dump(mode="json")


def _text(pattern: str, what: str) -> Callable[[str], str]:
    shape = re.compile(pattern)

    def check(value: str) -> str:
        if not shape.fullmatch(value):
            raise ValueError(f"not {what}: {value!r}")
        return value

    return check


def _shaped(pattern: str, what: str) -> tuple[AfterValidator, WithJsonSchema]:
    return AfterValidator(_text(pattern, what)), WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"})


def _address(value: object) -> IPv4Address:
    try:
        return IPv4Address(value if isinstance(value, str | IPv4Address) else "")
    except ValueError:
        raise ValueError(f"not an IPv4 address: {told(value)}") from None


def _range(value: object) -> AddressRange:
    if isinstance(value, AddressRange):
        return value
    if not isinstance(value, str):
        raise ValueError(f"not a range of addresses: {told(value)}")  # noqa: TRY004 - pydantic's way of refusing
    return AddressRange.parse(value)


def _blank(value: object) -> object:
    """None for what is still to be filled in: empty, or ``<such a placeholder>``."""
    return None if isinstance(value, str) and _PLACEHOLDER.fullmatch(value) else value


class _Distinct:
    """Marks a list of which no item stands twice, for the model and for editors."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_wrap_validator_function(_distinct, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "uniqueItems": True}


def _distinct(values: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """The list, where no item stands twice; else that is told beside all that is wrong with the items."""
    errors = [_again(values, index) for index in _twice(values)]
    try:
        found = handler(values)
    except ValidationError as error:
        errors += [
            InitErrorDetails(type=one["type"], loc=one["loc"], input=one["input"], ctx=one.get("ctx", {}))
            for one in error.errors()
        ]
    if errors:
        raise ValidationError.from_exception_data("list", errors)
    return found


def _twice(values: Any) -> list[int]:
    """Indexes of items that stand before already."""
    items = values if isinstance(values, list | tuple) else ()
    return [index for index, value in enumerate(items) if value in items[:index]]


def _again(values: Sequence[Any], index: int) -> InitErrorDetails:
    fault = ValueError(f"{values[index]} stands twice")
    return InitErrorDetails(type="value_error", loc=(index,), input=values[index], ctx={"error": fault})


def _no_secret(value: object) -> None:
    if value is not None and _blank(value) is not None:
        raise ValueError("a password does not stand here in plain: take the line out, `airlock-site vault` asks for it")


_IPV4 = {"type": "string", "format": "ipv4"}
_UNSET = {"type": "string", "pattern": f"^{_BLANK}$"}

Interface = Annotated[str, *_shaped(r"(?!\.{1,2}$)[^\s/:]{1,15}", "the name of an interface")]
"""A name that Linux takes for an interface (dev_valid_name: at most 15 bytes, no blank, / or :)."""
_BELOW = "[A-Za-z0-9_+:=-][A-Za-z0-9_.+:=-]*"
Device = Annotated[str, *_shaped(f"/dev/(?:{_BELOW}/)*{_BELOW}", "a path below /dev")]
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"{DOTTED}|(?!(?:[^.]*\.)*[0-9]+$){_LABEL}(?:\.{_LABEL})*"
Server = Annotated[str, *_shaped(_HOST, "a host's name or IPv4 address")]
"""A name whose last part is a number is none (RFC 1123, 2.1): it was meant for an address."""
Name = Annotated[str, *_shaped(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?", "a name (letters, digits, _ . -)")]
Address = Annotated[IPv4Address, BeforeValidator(_address), WithJsonSchema(_IPV4)]
OptionalAddress = Annotated[
    Annotated[IPv4Address, BeforeValidator(_address)] | None,
    BeforeValidator(_blank),
    PlainSerializer(lambda value: "" if value is None else str(value)),
    WithJsonSchema({"anyOf": [_IPV4, _UNSET, {"type": "null"}]}),
]
Range = Annotated[
    AddressRange,
    PlainValidator(_range),
    PlainSerializer(AddressRange.for_metallb),
    WithJsonSchema({"type": "string", "pattern": f"^ *(?:{DOTTED}(?: *- *{DOTTED})?|{PREFIXED}) *$"}),
]
Password = Annotated[
    None, PlainValidator(_no_secret), WithJsonSchema({**_UNSET, "type": ["string", "null"], "deprecated": True})
]
"""Where the guide has a password: empty or a placeholder, since the vault alone holds it."""
Distinct = _Distinct()


def or_blank(pattern: str, what: str) -> tuple[BeforeValidator, AfterValidator, PlainSerializer, WithJsonSchema]:
    """Marks of a text of a shape that is None where it is still to be filled in."""
    check = _text(pattern, what)
    schema = {"anyOf": [{"type": "string", "pattern": f"^(?:{pattern})$"}, _UNSET, {"type": "null"}]}
    return (
        BeforeValidator(_blank),
        AfterValidator(lambda value: None if value is None else check(value)),
        PlainSerializer(lambda value: value or ""),
        WithJsonSchema(schema),
    )
