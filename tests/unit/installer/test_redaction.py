"""Secrets out of texts: those that are known, and what looks like one."""

import json

import pytest

from airlock_installer.masking import MASK
from airlock_installer.support.redaction import Redaction, below_secret_keys

LOOKS = [
    "ansible_password: canary",
    "hitachi_san_password: 'canary with blanks, and more'",
    'netapp_password: "canary \\" quoted"',
    "password = canary and the rest",
    "PASSWORD=canary",
    "password: pass,word's canary",
    '{"vault_token": "canary", "name": "kept"}',
    "db_passwd: |\n  canary\n  canary2\n",
    "--registry-password canary",
    "--token=canary",
    "Authorization: Bearer canary.canary",
    '"Authorization": "Basic canary="',
    "http://user:canary@10.0.0.1/x",
    "root:$6$salt$canarycanarycanary:19000:",
    "airlock:$apr1$canary12$canarycanary",
    "-----BEGIN EC PRIVATE KEY-----\ncanary\n-----END EC PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\ncanary\ncut off",
    "ansible_become_pass=canary",
    'vault_x_password: !unsafe "canary"',
]


@pytest.mark.parametrize("text", LOOKS)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    assert "canary" not in Redaction(()).text(f"before\n{text}\nafter")


@pytest.mark.parametrize(
    "text",
    [
        "ansible_become_password: {{ vault_sudo_password }}",
        "TASK [local_repo : write burrito.repo] ***",
        "blob sha256:d698af36109ecccfb776d655a09a50635074340fdba2c69ecaf1e565df001fcf is damaged",
        "http://10.0.0.1:8001/BaseOS",
        '"lacking": ["ssh", "sudo"]',
    ],
)
def test_what_helps_to_understand_stays(text: str) -> None:
    assert Redaction(()).text(text) == text


def test_json_stays_json_and_what_is_no_secret_in_it_stays() -> None:
    kept = {"kept": [1, 2.5, None, True], "secrets": {"vault": "there"}, "sudo_password": "{{ vault_sudo_password }}"}
    data = {"password": "canary", "nested": [{"api_key": 'a "quoted" canary', "token": 7}], **kept}
    data["what"] = 'x_password: an unknown key, "such"'
    found = json.loads(Redaction(["known"]).json(json.dumps({**data, "known key": "a known word"}, indent=2)))
    assert found.pop("what").startswith("x_password: ")
    masked = {"password": MASK, "nested": [{"api_key": MASK, "token": MASK}], f"{MASK} key": f"a {MASK} word"}
    assert found == {**kept, **masked}


def test_what_is_called_json_and_is_none_is_taken_for_a_text() -> None:
    assert Redaction(()).json("{cut off, password: canary") == f"{{cut off, password: {MASK}"


def test_texts_below_secret_keys_are_found_however_deep() -> None:
    data = {"netapp": [{"name": "one", "password": "canary"}], "passwords": {"a": ["canary2"]}, "x_token": "ab"}
    assert list(below_secret_keys(data)) == ["canary", "canary2"]
