"""Why each package of a new lock is not what it was: told from repositories of metadata alone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.lock.rpms.standing import Standing
from airlock_builder.lock.rpms.tracing.causes import causes
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.compare import Cause, Reason
from airlock_core.digest import Digest
from airlock_core.locks import LockedRpm, RpmsLock
from tests.drylocks import dry_lock
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo

PLATFORM = Platform(os="rocky", release="8.10")


def made(nevra: str, *requires: str, **facts: tuple[str, ...]) -> Made:
    return Made(f"{nevra}.noarch", requires, checksum=Digest.sha256(nevra.encode()).hex, **facts)  # type: ignore[arg-type]


@dataclass
class Release:
    """A release whose repositories and manifest change."""

    folder: Path
    lock: RpmsLock

    def repo(self, name: str, *packages: Made, comps: str = "", filelists: str = "") -> Repo:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return repo(self.folder / name, *packages, comps=comps, filelists=filelists)

    def locked(self, *names: str, repos: list[Repo], **facts: Any) -> None:
        self.lock = dry_lock([(None, Rpms(repos=tuple(repos), packages=names, **facts))], PLATFORM, self.cache)

    def again(
        self, *names: str, repos: list[Repo], update: str | None = None, forget: bool = False, **facts: Any
    ) -> dict[str, Reason]:
        """Lock anew, and tell why; ``forget`` what the repositories were."""
        rpms = Rpms(repos=tuple(repos), packages=names, **facts)
        content = [(None, rpms)]

        def named(package: LockedRpm) -> bool:
            return package.name == update

        if forget:
            shutil.rmtree(self.cache)
        stay = Standing(self.lock, named) if update else None
        new = dry_lock(content, PLATFORM, self.cache, stay)
        with HttpClient() as http:
            reached_now = reached(http, self.cache, rpms)
            found = causes(
                content,
                PLATFORM,
                reached_now,
                self.cache,
                self.lock,
                new,
                place=lambda where: f"<{where}>",
                named=named if update else None,
            )
        return {one.name: reason for (old, new), reason in found.items() if (one := new or old)}

    @property
    def cache(self) -> Path:
        return self.folder / "cache"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path, RpmsLock())


def test_a_build_that_its_repository_did_not_list_before_is_upstreams(release: Release) -> None:
    release.locked("app", repos=[release.repo("r", made("app-1-1"))])
    told = release.again("app", repos=[release.repo("r", made("app-1-1"), made("app-2-1"))])
    assert told["app"].cause is Cause.NEWER
    assert told["app"].text.startswith("upstream has newer: repo r, repomd.xml ")


def test_where_nobody_knows_what_was_listed_no_more_is_said_than_that_it_moved(release: Release) -> None:
    release.locked("app", repos=[release.repo("r", made("app-1-1"))])
    told = release.again("app", repos=[release.repo("r", made("app-2-1"))], forget=True)
    assert told["app"].cause is Cause.MOVED


def test_a_build_that_is_gone_upstream_is_told_where_an_older_takes_its_place(release: Release) -> None:
    release.locked("app", repos=[release.repo("r", made("app-1-1"), made("app-2-1"))])
    told = release.again("app", repos=[release.repo("r", made("app-1-1"))])
    assert told["app"].cause is Cause.GONE


def test_what_the_manifest_asks_for_now_comes_with_what_it_needs(release: Release) -> None:
    repos = [release.repo("r", made("app-1-1"), made("tool-1-1", "lib"), made("lib-1-1", "deep"), made("deep-1-1"))]
    release.locked("app", repos=repos)
    told = release.again("app", "tool", repos=repos)
    assert set(told) == {"tool", "lib", "deep"}
    assert {one.text for one in told.values()} == {"the manifest asks for it now"}
    assert told["tool"].detail == "tool in <rpms.packages[1]>"
    assert told["lib"].detail == "tool-1-1.noarch requires lib"
    assert told["deep"].detail == "lib-1-1.noarch requires deep"


def test_what_the_manifest_no_longer_asks_for_leaves_with_what_it_alone_needed(release: Release) -> None:
    repos = [release.repo("r", made("app-1-1"), made("tool-1-1", "lib"), made("lib-1-1"))]
    release.locked("app", "tool", repos=repos)
    told = release.again("app", repos=repos)
    assert {name: (one.cause, one.detail) for name, one in told.items()} == {
        "tool": (Cause.UNASKED, ""),
        "lib": (Cause.UNASKED, "tool-1-1.noarch required it"),
    }


def test_what_a_new_build_requires_comes_and_what_it_does_not_leaves(release: Release) -> None:
    others = (made("old-1-1"), made("new-1-1"))
    release.locked("app", repos=[release.repo("r", made("app-1-1", "old"), *others)])
    told = release.again("app", repos=[release.repo("r", made("app-2-1", "new"), *others)])
    assert told["new"] == Reason(Cause.REQUIRED, "a new build requires it", "app-2-1.noarch requires new")
    assert told["old"] == Reason(
        Cause.UNREQUIRED, "nothing requires it any more", "app-2-1.noarch does not require old"
    )


def test_another_provider_of_what_is_required_is_told_from_a_new_requirement(release: Release) -> None:
    app = made("app-1-1", "mta")
    release.locked("app", repos=[release.repo("r", app, made("exim-1-1", provides=("mta",)))])
    told = release.again("app", repos=[release.repo("r", app, made("postfix-1-1", provides=("mta",)))])
    assert (told["postfix"].cause, told["exim"].cause) == (Cause.REPLACED, Cause.REPLACED)
    assert told["postfix"].detail == "app-1-1.noarch requires mta, before from exim-1-1.noarch"
    assert told["exim"].detail == "app-1-1.noarch requires mta, now from postfix-1-1.noarch"


def test_an_exclude_of_the_manifest_is_told(release: Release) -> None:
    repos = [release.repo("r", made("app-1-1"), made("app-2-1"))]
    release.locked("app", repos=repos)
    told = release.again("app", repos=repos, exclude=("app-2*",))
    assert told["app"] == Reason(Cause.MANIFEST, "excluded by rpms.exclude")


def test_a_repository_that_comes_before_another_now_is_told(release: Release) -> None:
    one, two = release.repo("one", made("app-2-1")), release.repo("two", made("app-1-1"))
    release.locked("app", repos=[one, two])
    told = release.again("app", repos=[one, replace(two, priority=10)])
    assert told["app"] == Reason(Cause.MANIFEST, "the repo two comes before one: priority 10 before 99")


def test_a_repository_that_the_manifest_names_now_or_no_longer_is_told(release: Release) -> None:
    one, two = release.repo("one", made("app-1-1")), release.repo("two", made("app-2-1"), made("tool-1-1"))
    release.locked("app", repos=[one])
    assert release.again("app", repos=[one, two])["app"].text == "the manifest names the repo two now"
    release.locked("app", "tool", repos=[one, two])
    told = release.again("app", repos=[one])
    assert {one.text for one in told.values()} == {"the manifest no longer names the repo two"}


def test_a_request_that_means_another_build_is_told(release: Release) -> None:
    repos = [release.repo("r", made("app-1-1"), made("app-2-1"))]
    release.locked("app", repos=repos)
    told = release.again("app-1-1", repos=repos)
    assert told["app"] == Reason(Cause.ASKED, "the manifest asks for it now", "app-1-1 in <rpms.packages[0]>")


def test_a_group_that_grew_is_told_from_a_request_that_is_new(release: Release) -> None:
    def comps(*names: str) -> str:
        listed = "".join(f'<packagereq type="mandatory">{name}</packagereq>' for name in names)
        return f"<comps><group><id>core</id><name>c</name><packagelist>{listed}</packagelist></group></comps>"

    packages = (made("app-1-1"), made("tool-1-1"))
    release.locked("@core", repos=[release.repo("r", *packages, comps=comps("app"))])
    told = release.again("@core", repos=[release.repo("r", *packages, comps=comps("app", "tool"))])
    assert told["tool"].text == "what the manifest asks for means it now"
    assert told["tool"].detail == "@core in <rpms.packages[0]>"


@pytest.mark.parametrize(
    ("app", "lib", "words"),
    [
        (made("app-2-1", "lib = 2"), made("lib-2-1"), "app-2-1.noarch requires lib = 2"),
        (made("app-2-1", "lib", conflicts=("lib < 2",)), made("lib-2-1"), "app-2-1.noarch conflicts with lib < 2"),
    ],
)
def test_what_is_named_forces_others_and_is_named_as_what_did(
    release: Release, app: Made, lib: Made, words: str
) -> None:
    first = (made("app-1-1", "lib"), made("lib-1-1", "deep"), made("deep-1-1"))
    release.locked("app", repos=[release.repo("r", *first)])
    told = release.again("app", repos=[release.repo("r", *first, app, lib, made("deep-2-1"))], update="app")
    assert told["lib"] == Reason(Cause.FORCED, "forced by app-2-1.noarch", words)
    assert told["app"].cause is Cause.NEWER


def test_what_is_forced_through_others_names_the_beginning(release: Release) -> None:
    first = (made("app-1-1", "lib"), made("lib-1-1", "deep"), made("deep-1-1"))
    second = (made("app-2-1", "lib = 2"), made("lib-2-1", "deep = 2", "extra"), made("deep-2-1"), made("extra-1-1"))
    release.locked("app", repos=[release.repo("r", *first)])
    told = release.again("app", repos=[release.repo("r", *first, *second)], update="app")
    assert {name: one.detail for name, one in told.items() if one.text == "forced by app-2-1.noarch"} == {
        "lib": "app-2-1.noarch requires lib = 2",
        "deep": "lib-2-1.noarch requires deep = 2",
        "extra": "lib-2-1.noarch requires extra",
    }


def test_what_required_the_build_that_was_named_is_forced_too(release: Release) -> None:
    first = (made("app-1-1", "lib = 1"), made("lib-1-1"))
    second = (made("app-2-1", "lib = 2"), made("lib-2-1"))
    release.locked("app", "lib", repos=[release.repo("r", *first)])
    told = release.again("app", "lib = 2", repos=[release.repo("r", *first, *second)], update="lib")
    assert told["app"] == Reason(Cause.FORCED, "forced by lib-2-1.noarch", "app-1-1.noarch requires lib = 1")


def has_path(package: Made, path: str) -> str:
    """A filelists.xml of one package with one file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="1">'
        f'<package pkgid="{package.checksum}" name="lib" arch="noarch"><version epoch="0" ver="1" rel="1"/>'
        f"<file>{path}</file></package></filelists>"
    )


def test_who_has_a_path_is_known_where_one_is_required(release: Release) -> None:
    lib, app = made("lib-1-1"), made("app-1-1")
    lists = has_path(lib, "/usr/share/lib/data")
    release.locked("app", repos=[release.repo("r", app, lib, filelists=lists)])
    newer = made("app-2-1", "/usr/share/lib/data")
    told = release.again("app", repos=[release.repo("r", app, newer, lib, filelists=lists)])
    words = "app-2-1.noarch requires /usr/share/lib/data"
    assert told["lib"] == Reason(Cause.REQUIRED, "a new build requires it", words)


def test_what_needs_a_path_stays_where_it_was_not_named(release: Release) -> None:
    lib, app = made("lib-1-1"), made("app-1-1", "/usr/share/lib/data")
    lists = has_path(lib, "/usr/share/lib/data")
    release.locked("app", "tool", repos=[release.repo("r", app, lib, made("tool-1-1"), filelists=lists)])
    newer = (made("tool-2-1"), made("app-2-1"))
    assert release.again(
        "app", "tool", repos=[release.repo("r", app, lib, *newer, filelists=lists)], update="tool"
    ).keys() == {"tool"}


def test_lists_of_files_that_are_there_are_not_read_where_no_path_is_required(release: Release) -> None:
    broken = "these are no lists of files"
    release.locked("app", repos=[release.repo("r", made("app-1-1"), filelists=broken)])
    repos = [release.repo("r", made("app-1-1"), made("app-2-1"), filelists=broken)]
    (release.cache / "sha256" / Digest.sha256(broken.encode()).hex).write_text(broken)
    assert release.again("app", repos=repos)["app"].cause is Cause.NEWER


def test_where_nothing_tells_no_reason_is_invented(release: Release) -> None:
    packages = (made("app-1-1"), made("app-2-1"))
    repos = [release.repo("r", *packages)]
    release.locked("app", repos=repos, exclude=("app-2*",))
    told = release.again("app", repos=repos)
    assert told["app"].text == "no repository moved: the manifest, or airlock, was another when it was locked"
    told = release.again("app", repos=[release.repo("r", *packages, made("other-1-1"))])
    assert told["app"].text == "resolved otherwise: no single reason found"
