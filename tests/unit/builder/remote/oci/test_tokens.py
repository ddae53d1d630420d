"""What registries ask for, as they write it."""

from __future__ import annotations

import pytest

from airlock_builder.remote.oci.tokens import Challenge


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ('Basic realm="closed"', Challenge("basic", "closed")),
        ('basic realm="a, b"', Challenge("basic", "a, b")),
        (
            'Bearer realm="https://t.test/token",service="r.test",scope="repository:a:pull,push"',
            Challenge("bearer", "https://t.test/token", "r.test"),
        ),
        ("Bearer realm=https://t.test/token, service=r", Challenge("bearer", "https://t.test/token", "r")),
        ("Negotiate", Challenge("negotiate")),
        ("", Challenge("")),
        ('Bearer realm="never ends', Challenge("bearer", '"never ends')),
    ],
)
def test_a_challenge_is_read(header: str, challenge: Challenge) -> None:
    assert Challenge.parse(header) == challenge
