"""Mirrors: which address answers for a host."""

from __future__ import annotations

import pytest

from airlock_builder.remote.mirrors import Mirrors, is_loopback
from airlock_core.errors import UsageError
from airlock_core.imageref import ImageRef

MIRRORS = Mirrors.parse(["standin.test=127.0.0.1:80", "pkg.example=cache.lan:8080", "tls.example=https://10.0.0.1"])


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://standin.test/a?b=c", "http://127.0.0.1:80/a?b=c"),
        ("https://standin.test/a", "http://127.0.0.1:80/a"),
        ("https://pkg.example/a", "https://cache.lan:8080/a"),
        ("https://pkg.example:444/a", "https://cache.lan:8080/a"),
        ("http://tls.example/a", "https://10.0.0.1/a"),
        ("https://me:secret@pkg.example/a", "https://me:secret@cache.lan:8080/a"),
        ("https://other.example/a", "https://other.example/a"),
        ("file:///a", "file:///a"),
    ],
)
def test_a_url_is_asked_of_its_mirror(url: str, asked: str) -> None:
    assert MIRRORS.url(url) == asked


def test_an_image_is_asked_of_its_mirror() -> None:
    assert MIRRORS.image(ImageRef.parse("pkg.example/a/b:1")) == "cache.lan:8080"
    assert MIRRORS.image(ImageRef.parse("quay.io/a/b:1")) == "quay.io"


def test_the_way_back_gives_the_host_that_locks_name() -> None:
    assert MIRRORS.locked("https://cache.lan:8080/a") == "https://pkg.example/a"
    assert MIRRORS.locked("http://127.0.0.1:80/a", scheme="https") == "https://standin.test/a"
    assert MIRRORS.locked("https://other.example/a", scheme="http") == "https://other.example/a"


@pytest.mark.parametrize("option", ["a", "a=", "=b:1", "a=b:c", "a=ftp://b"])
def test_an_option_of_another_shape_is_refused(option: str) -> None:
    with pytest.raises(UsageError, match="not a mirror"):
        Mirrors.parse([option])


@pytest.mark.parametrize(
    ("address", "expected"), [("127.0.0.1:5", True), ("localhost", True), ("[::1]:5", True), ("10.0.0.1", False)]
)
def test_loopback_is_known(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
