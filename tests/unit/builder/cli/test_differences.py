"""Differences with their reasons, as people read them."""

from airlock_builder.cli import differences
from airlock_core.compare import Cause, Difference, Kind, Reason

NEWER = Reason(Cause.NEWER, "upstream has newer: repo baseos, 2026-01-02 → 2026-01-09")


def upgraded(name: str, reason: Reason | None) -> Difference:
    return Difference("rpms", Kind.UPGRADED, name, "1-1", "2-1", "x86_64", reason=reason)


def test_what_one_reason_covers_stands_below_it_and_the_most_first() -> None:
    forced = Reason(Cause.FORCED, "forced by app-2-1.x86_64", "app-2-1.x86_64 requires lib = 2")
    long = Reason(Cause.FORCED, "forced by app-2-1.x86_64", "app-2-1.x86_64 requires libsomething.so.2(SOME_2)(64bit)")
    found = [upgraded("lib", forced), upgraded("a", NEWER), upgraded("b", NEWER), upgraded("some", long)]
    assert differences.groups([*found, upgraded("c", NEWER)], width=80) == [
        "",
        "rpms upgraded: 5",
        "  upstream has newer: repo baseos, 2026-01-02 → 2026-01-09:",
        "    a.x86_64  1-1 → 2-1",
        "    b.x86_64  1-1 → 2-1",
        "    c.x86_64  1-1 → 2-1",
        "  forced by app-2-1.x86_64:",
        "    lib.x86_64   1-1 → 2-1  app-2-1.x86_64 requires lib = 2",
        "    some.x86_64  1-1 → 2-1",
        "        app-2-1.x86_64 requires libsomething.so.2(SOME_2)(64bit)",
    ]


def test_ten_thousand_changes_stay_readable_and_are_counted() -> None:
    many = [upgraded(f"p{number}", NEWER) for number in range(9000)]
    reasons = [Reason(Cause.FORCED, f"forced by f{number}-1-1.noarch") for number in range(1000)]
    others = [upgraded(f"q{number}", reason) for number, reason in enumerate(reasons)]
    lines = differences.groups([*many, *others], width=80, most=20)
    assert len(lines) == 63
    assert "    and 8,980 more: -v lists them" in lines
    assert lines[-1] == "  and 981 more reasons, for 981 entries: -v lists them"
    assert len(differences.groups([*many, *others], width=80)) == 2 + 1 + 9000 + 2000


def test_what_all_of_one_reason_have_in_common_is_told_once() -> None:
    asked = Reason(Cause.ASKED, "the manifest asks for it now", "* in release.yaml: rpms.packages[0]")
    assert differences.groups([upgraded("a", asked), upgraded("b", asked)], width=80)[2:] == [
        "  the manifest asks for it now: * in release.yaml: rpms.packages[0]:",
        "    a.x86_64  1-1 → 2-1",
        "    b.x86_64  1-1 → 2-1",
    ]


def test_what_many_of_one_reason_have_in_common_is_told_once_above_them() -> None:
    some, one = (Reason(Cause.ASKED, "the manifest asks for it now", f"{text} in list.txt") for text in ("lib*", "app"))
    found = [upgraded("liba", some), upgraded("app", one), upgraded("libb", some), upgraded("libc", some)]
    assert differences.groups(found, width=80)[2:] == [
        "  the manifest asks for it now:",
        "    lib* in list.txt:",
        "      liba.x86_64  1-1 → 2-1",
        "      libb.x86_64  1-1 → 2-1",
        "      libc.x86_64  1-1 → 2-1",
        "    app.x86_64  1-1 → 2-1  app in list.txt",
    ]


def test_no_reason_is_wider_than_there_is_room_for() -> None:
    wide = Reason(Cause.NEWER, "upstream has newer: " + "a repository of a long name, " * 9, "why " * 40)
    assert max(map(len, differences.groups([upgraded("a" * 60, wide)], width=73))) <= 73


def test_programs_get_the_reason_with_its_cause() -> None:
    assert upgraded("a", NEWER).to_json()["reason"] == {"cause": "newer", "text": NEWER.text}
    assert "reason" not in upgraded("a", None).to_json()
