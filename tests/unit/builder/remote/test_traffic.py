"""How requests are held back: by a rate, by a host's slots, by what a server asks for."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from airlock_builder.remote.bucket import TokenBucket
from airlock_builder.remote.hosts import Hosts
from airlock_builder.remote.patience import Crawl, asked_pause


@dataclass
class Clock:
    """A clock that goes on only when it is told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def take_for(seconds: float, bucket: TokenBucket, clock: Clock, count: int) -> int:
    """What one taker that waits as it is told gets in some time."""
    end, taken = clock.now + seconds, 0
    while clock.now < end:
        clock.now += bucket.take(count, now=clock.now)
        taken += count
    return taken


@pytest.mark.parametrize("count", [1, 1024, 65536])
def test_a_rate_is_kept_over_time_whatever_is_taken_at_once(count: int) -> None:
    clock = Clock()
    bucket = TokenBucket(1000 * count, burst=count, now=clock.now)
    assert take_for(60, bucket, clock, count) == pytest.approx(60_000 * count, rel=0.01)


def test_an_idle_bucket_saves_up_no_more_than_its_burst() -> None:
    bucket = TokenBucket(100, burst=50, now=0)
    assert bucket.take(50, now=1000) == 0
    assert bucket.take(100, now=1000) == 1


def test_those_who_take_at_once_are_due_one_after_the_other() -> None:
    bucket = TokenBucket(100, burst=0, now=0)
    assert [bucket.take(100, now=0) for _ in range(3)] == [1, 2, 3]


def test_a_clock_that_other_threads_read_earlier_gives_nothing_twice() -> None:
    bucket = TokenBucket(100, burst=100, now=0)
    assert bucket.take(100, now=1) == 0
    assert bucket.take(100, now=0.5) == 1
    assert bucket.take(100, now=1) == 2


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not a rate"):
        TokenBucket(0, burst=0, now=0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "-7"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:50:07 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 30),
        ({"Retry-After": "Sun, 06 Nov 1994 08:50:07 -0000", "Date": "Sun, 06 Nov 1994 09:49:37 +0100"}, 30),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:50:07 GMT"}, 0),
    ],
)
def test_both_forms_of_retry_after_are_read(headers: dict[str, str], seconds: float) -> None:
    assert asked_pause(headers) == seconds


def test_a_connection_that_only_crawls_is_noticed() -> None:
    crawl = Crawl(slowest=1000, span=30)
    assert [crawl.came(999, waited=1) for _ in range(30)] == [False] * 29 + [True]


def test_a_slow_connection_does_not_crawl_nor_does_one_that_the_client_holds_back() -> None:
    crawl = Crawl(slowest=1000, span=30)
    assert not any(crawl.came(1000, waited=1) for _ in range(100))
    assert not any(crawl.came(10, waited=0) for _ in range(1000))


def test_a_host_gets_no_more_than_its_slots_and_others_are_not_held_up() -> None:
    hosts = Hosts(2)
    entered = threading.Event()

    def third() -> None:
        with hosts.slot("a"):
            entered.set()

    thread = threading.Thread(target=third)
    with hosts.slot("a"):
        with hosts.slot("a"), hosts.slot("b"):
            thread.start()
            assert not entered.wait(0.1)
        assert entered.wait(10)
    thread.join()


def test_a_host_that_asked_for_a_pause_gets_it() -> None:
    clock = Clock()
    hosts = Hosts(2, clock)
    hosts.postpone("a", 5)
    hosts.postpone("a", 3)
    assert hosts._wait("a") == 5
    assert hosts._wait("b") is None
    clock.now += 5
    assert hosts._wait("a") is None


def test_when_the_run_is_over_nobody_waits() -> None:
    hosts = Hosts(1)
    hosts.postpone("b", 1000)
    hosts.end()
    with hosts.slot("a"), hosts.slot("a"), hosts.slot("b"):
        pass
