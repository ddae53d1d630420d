"""What progress looks like, on terminals of several sizes and elsewhere."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper

import pytest
from rich.console import Console as RichConsole

from airlock_builder.cli import layout
from airlock_builder.cli.screen import Screen
from airlock_builder.cli.sinks import Lines
from airlock_builder.cli.tally import WINDOW, Tally, clock
from airlock_core.progress import Event, Notice, Outset, Step
from tests.terminal import Terminal

MIB = 1 << 20
GIB = 1 << 30


@dataclass
class Clock:
    """A clock that goes on only when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def step(name: str, done: int, total: int, *, kept: int = 0) -> Step:
    return Step("fetch", name, done, total, kept=kept)


def whole(name: str, size: int, *, kept: int = 0) -> Step:
    return Step("fetch", name, size, size, finished=True, kept=kept)


def text(tally: Tally, width: int, now: float) -> str:
    return layout.head(tally, width, now)


def fetching() -> Tally:
    """10 of 20 MiB/s for some seconds, of which one file is finished."""
    tally = Tally(0)
    tally.take(Outset("fetch", 614, 3 * GIB, present=200, present_size=GIB), 0)
    for second in range(1, 21):
        tally.take(step("kernel.rpm", second * 10 * MIB, 400 * MIB), second)
    tally.take(whole("bash.rpm", 2 * MIB), 20)
    return tally


class TestTally:
    def test_the_first_line_tells_all_in_all(self) -> None:
        assert text(fetching(), 100, 20) == "fetch  1.2 GiB of 3.0 GiB  10.2 MiB/s  ETA 3:01  201 of 614 files"

    def test_the_speed_is_that_of_the_last_seconds(self) -> None:
        tally = fetching()
        for second in range(21, 40):
            tally.take(step("kernel.rpm", 200 * MIB, 400 * MIB), second)
        assert tally.speed(20 + WINDOW + 1) == 0
        assert tally.seconds_left(40) is None, "at no speed nobody can say when"

    def test_what_an_earlier_run_left_counts_as_there_and_not_as_speed(self) -> None:
        tally = Tally(0)
        tally.take(Outset("fetch", 1, 100 * MIB), 0)
        tally.take(step("big", 90 * MIB, 100 * MIB, kept=90 * MIB), 1)
        assert (tally.done, tally.speed(1)) == (90 * MIB, 0)
        tally.take(step("big", 95 * MIB, 100 * MIB, kept=90 * MIB), 2)
        assert tally.speed(2) == pytest.approx(2.5 * MIB)
        tally.take(whole("big", 100 * MIB, kept=90 * MIB), 3)
        assert (tally.done, tally.received) == (100 * MIB, 10 * MIB)

    def test_what_is_thrown_away_is_not_there_any_more(self) -> None:
        tally = Tally(0)
        tally.take(Outset("fetch", 1, 100), 0)
        tally.take(step("a", 60, 100), 1)
        tally.take(step("a", 0, 100), 2)
        assert tally.done == 0

    def test_failures_and_retries_are_counted(self) -> None:
        tally = fetching()
        tally.take(Step("fetch", "kernel.rpm", 5, 9, failed=True), 20)
        tally.take(Notice("a", "status 503"), 20)
        assert text(tally, 200, 20).endswith("201 of 614 files  1 failed  1 retry")
        assert not tally.current

    def test_packages_that_are_checked_are_no_files_that_are_fetched(self) -> None:
        tally = Tally(0)
        tally.take(Outset("fetch", 1, 100), 0)
        tally.take(whole("a", 100), 1)
        tally.take(Step("fetch", "signatures", 200, 200, finished=True, unit="packages"), 2)
        assert text(tally, 80, 2).endswith("1 of 1 file")
        assert tally.done == 100

    def test_a_stage_that_does_not_say_what_it_will_do_counts_what_it_did(self) -> None:
        tally = Tally(0)
        tally.take(Step("lock", "a", 5, 5, finished=True), 0)
        assert text(tally, 80, 1) == "lock  1 done"
        assert tally.total(1) == ""

    def test_the_end_tells_counts_bytes_seconds_and_average(self) -> None:
        tally = fetching()
        tally.take(whole("kernel.rpm", 400 * MIB), 40)
        line = "fetch  total  202 of 614 files  2 fetched  402.0 MiB  40.2 s  10.0 MiB/s"
        assert tally.total(40.2) == line


def test_durations_are_as_clocks_show_them() -> None:
    assert [clock(seconds) for seconds in (0, 59.4, 59.6, 185, 3723)] == ["0:00", "0:59", "1:00", "3:05", "1:02:03"]


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (66, "fetch  1.2 GiB of 3.0 GiB  10.2 MiB/s  ETA 3:01  201 of 614 files"),
        (60, "fetch  1.2 GiB of 3.0 GiB  ETA 3:01  201 of 614 files"),
        (40, "fetch  1.2 GiB of 3.0 GiB  ETA 3:01"),
        (30, "fetch  1.2 GiB of 3.0 GiB"),
        (12, "fetch"),
        (3, "fet"),
    ],
)
def test_where_the_first_line_does_not_fit_what_matters_least_is_left_out(width: int, line: str) -> None:
    assert text(fetching(), width, 20) == line


def test_names_from_upstream_do_not_steer_the_terminal() -> None:
    assert layout.label("http://a.test/\x1b[2Jx\u202e漢.rpm") == "?[2Jx??.rpm"


@dataclass
class Shown:
    """A screen of some size, and what stands on it."""

    width: int = 80
    height: int = 12
    encoding: str = "utf-8"
    time: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self._bytes = BytesIO()
        file = TextIOWrapper(self._bytes, encoding=self.encoding, write_through=True)
        self.console = RichConsole(
            file=file, force_terminal=True, width=self.width, height=self.height, color_system=None
        )
        self.screen = Screen(self.console, self.time)

    def tell(self, *events: Event) -> Shown:
        for event in events:
            self.screen(event)
        self.screen.draw()
        return self

    @property
    def terminal(self) -> Terminal:
        return Terminal(self.width).feed(self._bytes.getvalue().decode(self.encoding))


SOME = (
    Outset("fetch", 614, 3 * GIB, present=598, present_size=2 * GIB),
    step("http://a.test/p/kernel-core-4.18.0-553.el8_10.x86_64.rpm", 20 * MIB, 40 * MIB),
    step("registry.test/demo/web:1.0@sha256:" + "0" * 64, 1 * MIB, 3 * MIB),
    step("http://a.test/" + "long" * 30 + "-1.2.x86_64.rpm", 1023, 0),
)


def test_a_terminal_shows_what_is_there_and_what_is_under_way() -> None:
    assert Shown().tell(*SOME).terminal.text.splitlines() == [
        "fetch  present  598 of 614 files  2.0 GiB of 3.0 GiB",
        "fetch  2.0 GiB of 3.0 GiB  0 B/s  598 of 614 files",
        "  kernel-core-4.18.0-553.el8_10.x86_64.rpm        20.0 of 40.0 MiB  ━━━━━━──────",
        "  registry.test/demo/web:1.0                        1.0 of 3.0 MiB  ━━━━────────",
        "  longlonglonglonglonglonglon...longlonglong-1.2.x86_64.rpm               1023 B",
    ]


@pytest.mark.parametrize("width", [20, 40, 50, 72, 80, 200])
@pytest.mark.parametrize("height", [3, 12])
def test_no_frame_is_larger_than_its_terminal(width: int, height: int) -> None:
    many = [step(f"http://a.test/{number}-{'long' * number}.rpm", number * MIB, 20 * MIB) for number in range(20)]
    frame = Shown(width, height).tell(SOME[0], *many).terminal.text.splitlines()[-height:]
    assert max(map(len, frame)) <= width
    drawn = [line for line in frame if line.startswith(("fetch  2", "  "))]
    assert len(drawn) <= height - 1


def test_what_has_no_room_is_counted() -> None:
    many = [step(f"{number:02}.rpm", 1, 2) for number in range(20)]
    lines = Shown(height=7).tell(SOME[0], *many).terminal.text.splitlines()
    assert lines[-1] == "  and 16 more"
    assert lines[-2].startswith("  03.rpm")


def test_a_terminal_of_ascii_gets_ascii() -> None:
    shown = Shown(encoding="ascii").tell(*SOME)
    assert "######------" in shown.terminal.text


def test_frames_take_the_place_of_one_another_and_vanish_in_the_end() -> None:
    shown = Shown()
    with shown.screen:
        shown.tell(*SOME)
        shown.tell(whole("http://a.test/p/kernel-core-4.18.0-553.el8_10.x86_64.rpm", 40 * MIB))
        assert "kernel-core" not in shown.terminal.text
        assert not shown.terminal.cursor_is_shown
    assert shown.terminal.text == "fetch  present  598 of 614 files  2.0 GiB of 3.0 GiB"
    assert shown.terminal.cursor_is_shown


def test_a_terminal_that_was_made_narrower_keeps_nothing_of_the_frame_before() -> None:
    shown = Shown(width=80)
    shown.tell(*SOME[1:3])
    broken = sum(-(-len(line) // 30) for line in shown.terminal.text.splitlines())
    shown.console.size = type(shown.console.size)(30, 12)
    before = shown._bytes.tell()
    shown.tell()
    drawn = shown._bytes.getvalue()[before:].decode()
    assert drawn.count("\x1b[2K") == broken


def test_retries_stay_on_the_screen_until_there_are_many() -> None:
    shown = Shown(height=30)
    shown.tell(SOME[0], Notice("a.rpm", "mirror a.test failed: status 503; trying b.test"))
    assert "fetch  a.rpm  mirror a.test failed: status 503; trying b.test\n" in shown.terminal.text
    shown.tell(*[Notice("b.rpm", f"again {number}") for number in range(30)])
    assert "fetch  b.rpm  again 7\nfetch  further retries are only counted\n" in shown.terminal.text
    assert "again 8" not in shown.terminal.text
    assert shown.terminal.text.endswith("598 of 614 files  31 retries")


def test_events_of_many_threads_are_all_counted() -> None:
    shown = Shown()
    with shown.screen:
        shown.tell(Outset("fetch", 400, 400))

        def finish(name: int) -> None:
            for number in range(100):
                shown.screen(whole(f"{name}-{number}", 1))

        threads = [threading.Thread(target=finish, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "total  400 of 400 files  400 fetched  400 B" in shown.screen.closing()


def test_elsewhere_than_on_a_terminal_each_finished_file_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    time = Clock()
    lines = Lines(time)
    for event in (
        Step("fetch", "what is in the store", 1, 2),
        SOME[0],
        step("a.rpm", 512, 1024),
        Notice("http://a.test/a.rpm", "status 503; again in 0.5 s, attempt 2 of 4"),
        whole("a.rpm", 1024),
        Step("fetch", "b\n.rpm", 0, 9, failed=True),
    ):
        lines(event)
    time.now = 2
    assert capsys.readouterr().err.splitlines() == [
        "fetch  present  598 of 614 files  2.0 GiB of 3.0 GiB",
        "fetch  http://a.test/a.rpm  status 503; again in 0.5 s, attempt 2 of 4",
        "fetch  a.rpm  1.0 KiB",
        "fetch  b?.rpm  failed",
    ]
    assert lines.closing() == "fetch  total  599 of 614 files  1 fetched  1 failed  1.0 KiB  2.0 s  512 B/s"
