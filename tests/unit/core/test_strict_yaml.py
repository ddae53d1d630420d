from pathlib import Path

import pytest

from airlock_core import strict_yaml
from airlock_core.errors import InputError

BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: 1\na: 2",
        "{a: 1, a: 2}",
        "a: &x 1\nb: *x",
        "--- 1\n--- 2",
        "!!python/object/apply:os.system [id]",
        "[" * 500,
        "[" * 65 + "]" * 65,
        "- " * 65 + "x",
        "a: [1",
        "? [a]\n: 1",
        b"\xff\xfe",
        "a: \x00",
    ],
)
def test_what_a_careful_reader_refuses_is_an_input_error(text: str | bytes) -> None:
    with pytest.raises(InputError):
        strict_yaml.loads(text, where="x")


def test_the_place_of_a_fault_is_named() -> None:
    with pytest.raises(InputError) as caught:
        strict_yaml.loads("a: 1\nb: 2\na: 3\n", where="m.yaml")
    assert caught.value.where == "m.yaml:3:1"
    assert "stands twice" in caught.value.what


def test_dates_stay_texts() -> None:
    assert strict_yaml.loads("a: 2024-01-01", where="x") == {"a": "2024-01-01"}


def test_what_is_written_is_read_back() -> None:
    value = {"b": [1, "2", "2024-01-01"], "a": {"ü": None, "long": "x" * 500}}
    assert strict_yaml.loads(strict_yaml.dumps(value), where="x") == value
    assert list(strict_yaml.loads(strict_yaml.dumps(value), where="x")) == ["b", "a"]


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        strict_yaml.load(tmp_path / "none.yaml")


def test_each_key_and_item_has_its_line() -> None:
    text = "---\n# a\na: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n"
    assert strict_yaml.lines(text) == {
        ("a",): 3,
        ("b",): 4,
        ("b", 0): 5,
        ("b", 1): 6,
        ("b", 1, "c"): 6,
        ("b", 1, "d"): 7,
    }


def test_an_empty_text_has_no_lines() -> None:
    assert strict_yaml.lines("# nothing\n") == {}


def test_a_foreign_tag_is_taken_as_a_text_where_that_is_asked_for_alone() -> None:
    assert strict_yaml.loads("a: !vault 1\n", where="x", texts=["!vault"]) == {"a": "1"}
    for text, texts in (("a: !vault 1", []), ("a: !other 1", ["!vault"]), ("a: !vault [1]", ["!vault"])):
        with pytest.raises(InputError, match="is not allowed"):
            strict_yaml.loads(text, where="x", texts=texts)


def test_the_line_of_a_character_that_yaml_does_not_take_is_named() -> None:
    for text in ("# \u00e9\na: \0\n", "# \u00e9\na: \0\n".encode()):
        with pytest.raises(InputError, match="does not take") as caught:
            strict_yaml.loads(text, where="m.yaml")
        assert caught.value.where == "m.yaml:2"
