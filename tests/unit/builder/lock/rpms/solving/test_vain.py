"""Excludes, includes and disabled modules that name nothing are told, since a name misspelt keeps nothing out."""

from __future__ import annotations

from pathlib import Path

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.manifest.model import Modules, Platform, Rpms
from airlock_builder.remote.http import HttpClient
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo


def notes(folder: Path, rpms: Rpms) -> list[str]:
    told: list[str] = []
    with HttpClient() as http:
        repositories = reached(http, folder / "cache", rpms)
        platform = Platform(os="rocky", release="8.10")
        closed_set([(None, rpms)], platform, repositories, folder / "cache", requests=["a"], note=told.append)
    return told


def test_what_names_nothing_is_told_with_its_place_and_the_nearest(tmp_path: Path) -> None:
    packages = [Made("a-1-1.x86_64"), Made("kernel-debug-1-1.x86_64")]
    own = repo(tmp_path / "r", *packages, exclude=("b*",), include=("a", "kernel-debgu", "kernel*"))
    rpms = Rpms(repos=(own,), exclude=("kernel-debgu",), modules=Modules(disable=("ngnix",)))
    near = "(the nearest: kernel-debug)"
    assert notes(tmp_path, rpms) == [
        f"rpms.exclude: kernel-debgu names no package {near}",
        "repo r: exclude: b* names no package",
        f"repo r: include: kernel-debgu names no package {near}",
        "rpms.modules.disable[0]: no repository has a module ngnix",
    ]


def test_what_names_a_package_of_any_kind_is_not_told(tmp_path: Path) -> None:
    packages = [Made("a-1-1.x86_64"), Made("far-1-1.aarch64"), Made("kernel-debug-1-1.x86_64")]
    own = repo(tmp_path / "r", *packages, exclude=("far", "*.src"))
    assert notes(tmp_path, Rpms(repos=(own,), exclude=("kernel-debug-1*", "*.aarch64"))) == []
