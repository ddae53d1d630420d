"""How repositories are reached: what is read from the environment, who is told of it, and where it is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.remote.access import Access, Login
from airlock_builder.remote.guard import DIRECT, Guard, origin
from airlock_core.errors import AirlockError, Faults, InputError
from tests.standin.pki import Authority

ENVIRONMENT = {
    "USER_A": "anna",
    "PASS_A": "canary p@ss",
    "PROXY_U": "pröxy",
    "PROXY_P": "canary/2",
    "TOKEN": "canary3==",
}
URL = "https://repo.test/os"
ALL = Access(proxy="http://proxy.test:3128", proxy_login=Login("PROXY_U", "PROXY_P"), basic=Login("USER_A", "PASS_A"))


def opened(access: Access, environment: dict[str, str] | None = None, *urls: str) -> Guard:
    given = ENVIRONMENT if environment is None else environment
    return access.opened(given, urls or (URL,), where="repo r")


def test_every_variable_that_is_not_set_is_named_with_its_key_at_once() -> None:
    with pytest.raises(Faults) as caught:
        opened(ALL, {"USER_A": "anna", "PASS_A": ""})
    assert [fault.lines()[0] for fault in caught.value.faults] == [
        "repo r: proxy.username_env: the variable PROXY_U is not set",
        "repo r: proxy.password_env: the variable PROXY_P is not set",
        "repo r: auth.basic.password_env: the variable PASS_A is not set",
    ]


@pytest.mark.parametrize(
    ("access", "value"),
    [
        (Access(bearer="X"), "canary\n"),
        (Access(bearer="X"), "canary canary"),
        (Access(bearer="X"), "canäry"),
        (Access(basic=Login("X", "PASS_A")), "canary:x"),
        (Access(basic=Login("USER_A", "X")), "canary\r\nX-Evil: 1"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_not_shown(access: Access, value: str) -> None:
    with pytest.raises(InputError, match="the variable X holds") as caught:
        opened(access, {**ENVIRONMENT, "X": value})
    assert "can" + "ary" not in str(caught.value)


def test_nothing_shows_a_secret() -> None:
    for shown in (repr(ALL), repr(opened(ALL)), str(opened(ALL)), repr(opened(Access(bearer="TOKEN")))):
        assert "canary" not in shown
        assert "Y2FuYXJ5" not in shown
        assert "anna" not in shown


def test_what_a_library_gives_back_is_masked_in_every_form() -> None:
    guard = opened(ALL)
    forms = (str(guard.authorization), str(guard.proxy), *ENVIRONMENT.values(), "canary%20p%40ss", "canary%2F2")
    masked = guard.masked(" ".join(form for form in forms if form != "canary3=="))
    assert "canary" not in masked
    assert "***" in masked
    assert guard.masked("nothing of it") == "nothing of it"


def test_secrets_are_sent_as_utf_8() -> None:
    guard = opened(ALL)
    assert guard.authorization == "Basic YW5uYTpjYW5hcnkgcEBzcw=="
    assert guard.proxy == "http://pr%C3%83%C2%B6xy:canary%2F2@proxy.test:3128", "as requests reads it, in Latin-1"


@pytest.mark.parametrize(
    ("named", "asked", "told"),
    [
        ("https://repo.test/os/x", "https://repo.test/os/x", True),
        ("https://repo.test:443/x", "https://repo.test:443/x", True),
        ("https://REPO.test/x", "https://REPO.test/x", True),
        ("https://repo.test/x", "http://127.0.0.1:8080/x", True),
        ("https://repo.test/x", "https://mirror.test/x", True),
        ("https://repo.test/x", "http://mirror.test/x", False),
        ("http://repo.test/x", "http://repo.test/x", False),
        ("https://repo.test:8443/x", "https://repo.test:8443/x", False),
        ("https://other.test/x", "https://other.test/x", False),
        ("https://repo.test.evil/x", "https://repo.test.evil/x", False),
    ],
)
def test_only_servers_that_the_manifest_names_are_told(named: str, asked: str, told: bool) -> None:
    assert opened(Access(bearer="TOKEN")).tells(named, asked) is told


def test_an_origin_is_a_scheme_a_host_and_a_port() -> None:
    assert origin("https://A.test/x") == origin("https://a.test:443/y") != origin("http://a.test/x")


def test_a_proxy_is_left_out_for_this_machine_and_where_the_manifest_says_none() -> None:
    direct = {"http": None, "https": None, "all": None}
    assert opened(ALL).options("https://repo.test/")["proxies"]["https"].endswith("@proxy.test:3128")
    assert opened(ALL).options("http://127.0.0.1:8080/")["proxies"] == direct
    assert opened(Access(proxy=DIRECT)).options("https://repo.test/")["proxies"] == direct
    assert Guard().options("https://repo.test/")["proxies"] is None, "as the environment says"


def test_certificates_that_cannot_be_used_are_named_with_the_reason(tmp_path: Path) -> None:
    pair = Authority(tmp_path / "one").client()
    other = Authority(tmp_path / "two").client()
    locked = Authority(tmp_path / "three").client(passphrase=b"canary")
    junk = tmp_path / "junk"
    junk.write_text("no certificate")
    found = {
        "holds no certificate": Access(ca=junk),
        "key values mismatch": Access(client_cert=pair.certificate, client_key=other.key),
        "the key is encrypted": Access(client_cert=locked.certificate, client_key=locked.key),
        "No such file": Access(client_cert=pair.certificate, client_key=tmp_path / "absent"),
        "cannot be used": Access(client_cert=pair.certificate),
    }
    for said, access in found.items():
        with pytest.raises(InputError, match=said):
            opened(access)
    assert opened(Access(client_cert=pair.certificate, client_key=pair.key)).certificate


def test_a_certificate_with_its_key_in_one_file_is_enough(tmp_path: Path) -> None:
    pair = Authority(tmp_path).client()
    both = tmp_path / "both.pem"
    both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    assert opened(Access(client_cert=both)).certificate == str(both)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(AirlockError) as caught:
        opened(Access(bearer="NOT_SET", client_cert=tmp_path / "absent"))
    assert "NOT_SET" in str(caught.value)
    assert "absent" in str(caught.value)
