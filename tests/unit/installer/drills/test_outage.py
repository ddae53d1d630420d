"""How long an address was silent."""

import socket

import pytest

from airlock_installer.drills import ha, outage


@pytest.mark.parametrize(
    ("answers", "seconds"),
    [([1.0, 1.1, 4.6, 4.7], 3.5), ([1.0, 3.0, 3.1, 8.1, 8.2], 5.0), ([7.0], 0.0), ([], 0.0)],
)
def test_longest_silence_between_two_answers_counts(answers: list[float], seconds: float) -> None:
    assert outage.silence(answers) == pytest.approx(seconds)


def test_refusal_is_an_answer_and_no_route_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(outage, "PORT", server.getsockname()[1])
        assert outage.answers("127.0.0.1")
    assert outage.answers("127.0.0.1")
    assert not outage.answers("255.255.255.255")


def test_levels_allow_two_failed_checks_and_the_time_until_the_others_notice() -> None:
    assert [ha.promised(level) for level in ("moderato", "allegro", "vivace")] == [17, 15, 13]
