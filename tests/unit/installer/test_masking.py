"""No secret stays in what is kept or shown, however it is written there."""

import base64
import html
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote

import pytest

from airlock_core.errors import Faults, GateError
from airlock_installer.masking import MASK, Mask

SECRETS = ["s3cr3t-Pa55", 'it\'s "quoted" & <odd>\\', "pässwörd€", "a/b+c=d e"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "written",
    [
        str,
        repr,
        json.dumps,
        lambda secret: json.dumps(json.dumps({"msg": secret})),
        lambda secret: json.dumps(secret, ensure_ascii=False),
        shlex.quote,
        html.escape,
        lambda secret: quote(secret, safe=""),
        lambda secret: secret.encode().hex(),
        lambda secret: secret.encode().hex().upper(),
        lambda secret: base64.b64encode(secret.encode()).decode(),
    ],
)
def test_secret_is_masked_as_programs_write_it(secret: str, written: Callable[[str], str]) -> None:
    text = f"before {written(secret)} after"
    masked = Mask(SECRETS).text(text)
    assert MASK in masked
    assert secret not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(4))
def test_secret_is_masked_in_the_base64_of_a_longer_text(before: int, after: int) -> None:
    encoded = base64.b64encode(b"u" * before + b"hunter2-hunter2" + b"v" * after).decode()
    masked = Mask(["hunter2-hunter2"]).text(encoded)
    assert MASK in masked
    letters_of_the_secret_alone = 15 * 8 // 6 - 2
    assert len(masked.replace(MASK, "")) <= len(encoded) - letters_of_the_secret_alone


def test_each_line_of_a_key_is_masked() -> None:
    key = "-----BEGIN KEY-----\nAAAABBBBCCCC\nDDDDEEEEFFFF\n"
    assert "DDDDEEEEFFFF" not in Mask([key]).text("only DDDDEEEEFFFF of it")


def test_values_are_masked_and_keep_their_shape() -> None:
    found = {"node": [{"said": "the word is sesame!", "sesame!": 3, "ok": True, "none": None}]}
    assert Mask(["sesame!"]).data(found) == {
        "node": [{"said": f"the word is {MASK}", MASK: 3, "ok": True, "none": None}]
    }


def test_keys_of_ours_are_as_they_are() -> None:
    assert Mask(["what"]).values({"what": ["what it is"]}) == {"what": [f"{MASK} it is"]}


def test_error_has_no_secret_in_its_words_and_keeps_its_place_and_kind() -> None:
    one = GateError("found sesame", where="sesame1", why="sesame!", todo="ask sesame")
    masked = Mask(["sesame"]).error(one)
    assert (type(masked), masked.where, masked.args) == (GateError, "sesame1", (f"found {MASK}",))
    assert masked.lines() == [f"sesame1: found {MASK}", f"  why: {MASK}!", f"  do:  ask {MASK}"]
    assert one.what == "found sesame"
    both = Mask(["sesame"]).error(Faults("two of sesame", [one, one]))
    assert [both.what, *both.faults[1].lines()] == [f"two of {MASK}", *masked.lines()]


def test_nothing_is_masked_without_secrets() -> None:
    assert Mask(["", ""]).text("all of it") == "all of it"
