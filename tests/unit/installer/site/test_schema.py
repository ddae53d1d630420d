"""The JSON Schemas as an editor uses them: a validator that is not ours takes what the models take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from airlock_core import strict_yaml
from airlock_installer.site import kinds
from airlock_installer.site.kinds import KINDS
from tests.unit.installer.site.made import SAMPLES
from tests.unit.installer.site.test_models import BAD, GOOD

GUIDE = Path(__file__).parent / "cases/guide"
BEYOND = ("runs backwards", "within the network", "CL3-A stands twice")
"""What is said of values that have the right shape, which is all that a schema can tell."""
ODD = """
null|true|1|-1|1.5|""|" "|"a"|" a"|"<x>"|" <x> "|"<>"|"<a><b>"|"null"|"NULL"|"nUll"|"None"|"~"|"10.0.0.1"|
"10.0.0.1 "|"010.0.0.1"|"10.0.0.256"|"::1"|"10.0.0.0/8"|"10.0.0.0/08"|"10.0.0.1/255.0.0.0"|"10.0.0.1-10.0.0.2"|
"10.0.0.1 - 10.0.0.2"|"eth0.100"|"sixteen-letters-"|"."|".."|"a:b"|"/dev/sdb"|"/dev/sdb/"|"/dev/../sdb"|
"moderato"|"Moderato"|"ceph"|"Ceph"|"CL1-A"|"cl1-a"|"CL1-A,"|"CL1-A,CL2-B"|"CL1-I"|"00:10:00-00:10:FF"|
"00:10:00"|"412345"|"0"|"1234"|"3com"|"a.1"|"a..b"|"a-"|"a_b"|"vsp_e990"|"x y"|"/x"|[]|{}
"""
"""What a tired person may write in place of a value, as JSON."""
SHAPES = [one for one in BAD if not any(words in one[3] for words in BEYOND)]


def validator(kind: str) -> Draft202012Validator:
    schema = kinds.schema(kind)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(kind: str, data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(kind).iter_errors(data)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_guide_s_files_and_the_samples_are_valid(kind: str) -> None:
    name = "vars.yml.sample" if kind == "vars" else kinds.file_of(kind)
    for path in (GUIDE / kinds.file_of(kind), SAMPLES / name):
        assert faults(kind, strict_yaml.load(path)) == [], path


@pytest.mark.parametrize(("kind", "key", "value"), GOOD)
def test_what_the_models_take_is_valid(kind: str, key: str, value: Any) -> None:
    assert faults(kind, {key: value}) == []


@pytest.mark.parametrize(("kind", "key", "value", "words"), SHAPES)
def test_what_the_models_refuse_for_its_shape_is_marked_in_the_editor(
    kind: str, key: str, value: Any, words: str
) -> None:
    assert faults(kind, {key: value}) != []


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_key_is_marked(kind: str) -> None:
    assert faults(kind, {"nonesuch": 1}) != []


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, model in KINDS.items() for key in model.model_fields])
def test_any_value_is_for_the_editor_what_it_is_for_the_model(kind: str, key: str) -> None:
    odd = [json.loads(text) for text in ODD.replace("\n", "").split("|")]
    check = validator(kind)
    for value in [*odd, *([one] for one in odd), *([one, one] for one in odd), *({"data": one} for one in odd)]:
        assert check.is_valid({key: value}) == _is_taken(kind, key, value), value


def _is_taken(kind: str, key: str, value: Any) -> bool:
    try:
        KINDS[kind].model_validate({key: value})
    except ValidationError:
        return False
    return True
