"""Python requirements resolved to wheels of another Python and platform, by pip, which installs nothing.

Options: ``pip install --help``; the report: pip's "Installation Report" format, version 1. Platforms: PEP 600
(``manylinux_2_N``) and its forerunners PEP 513, 571, 599.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from airlock_builder.remote.failures import LATER
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.proxies import proxy_environment
from airlock_core import proc
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, UpstreamError, VerificationError
from airlock_core.proc import ProcessFailed

_PROGRAM = Path(__file__).with_name("pip_program.py")
_SECONDS = 1800.0
_PASSED_ON = (
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    *(name for proxy in ("http_proxy", "https_proxy", "no_proxy") for name in (proxy, proxy.upper())),
)
_GLIBC = {8: 28, 9: 34}
"""The minor version of glibc 2 in each major release of the platform."""
_OLDER = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_NETWORK = re.compile(r"Retrying \(|Could not fetch URL|ConnectionError|HTTP error|Max retries|Failed to establish")
_NO_WHEEL = re.compile(r"ERROR: No matching distribution found for (.+)")
_CONFLICT = re.compile(r"The conflict is caused by:\n((?:    .*\n)+)")
_NO_SOURCES = re.compile(r"ERROR: (.+) is no wheel, and nothing is built here")
_HASHES = re.compile(
    r"DO NOT MATCH THE HASHES.*\n +(?P<name>\S+).*\n"
    r"(?:.*\n)*? +Expected sha256 (?P<given>\S+)\n(?:.*\n)*? +Got +(?P<found>\S+)"
)
_UNHASHED = re.compile(
    r"(?:Hashes are required in --require-hashes mode|In --require-hashes mode, all requirements).*\n((?: {4}\S.*\n)*)"
)
_VERSIONS = re.compile(r"\(from versions: (.*)\)")


@dataclass(frozen=True, order=True)
class Wheel:
    """A wheel that a requirement came to.

    Args:
        filename: its name.
        url: where the index has it, by the host that locks name.
        digest: SHA-256 as the index tells it; None where it does not.
    """

    filename: str
    url: str
    digest: Digest | None


@dataclass(frozen=True)
class Target:
    """The Python that the wheels are for.

    Args:
        python: its version, such as ``3.11``.
        major: the platform's major release, 8 or 9.
        arch: ``x86_64`` or ``aarch64``.
    """

    python: str
    major: int
    arch: str

    @property
    def platforms(self) -> list[str]:
        """Platform tags that run there, the newest first."""
        least = 5 if self.arch == "x86_64" else 17
        tags: list[str] = []
        for minor in range(_GLIBC[self.major], least - 1, -1):
            tags.append(f"manylinux_2_{minor}_{self.arch}")
            if minor in _OLDER:
                tags.append(f"{_OLDER[minor]}_{self.arch}")
        return tags

    @property
    def options(self) -> list[str]:
        """The target as pip's options."""
        version = self.python.replace(".", "")
        platforms = [word for tag in self.platforms for word in ("--platform", tag)]
        abis = [word for abi in (f"cp{version}", "abi3", "none") for word in ("--abi", abi)]
        return ["--python-version", self.python, "--implementation", "cp", *abis, *platforms]

    @property
    def markers(self) -> dict[str, str]:
        """What environment markers mean there (PEP 508), with the first patch release of Python."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.arch,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }


class PackageIndex:
    """Package indexes (PEP 503, 691), through pip.

    Args:
        mirrors: where hosts are really asked.
        offline: refuse every request.
        cache: where pip keeps what it fetched to read its metadata; None: nowhere.
        proxy: URL of the proxy to ask by; None for what the environment says.
    """

    def __init__(
        self,
        mirrors: Mirrors | None = None,
        *,
        offline: bool = False,
        cache: Path | None = None,
        proxy: str | None = None,
    ) -> None:
        self._mirrors = mirrors or Mirrors()
        self.offline = offline
        self._cache = cache
        self._proxy = proxy

    def resolve(
        self, requirements: Sequence[Path], target: Target, index: str, constraints: Sequence[str] = ()
    ) -> list[Wheel]:
        """All wheels that some lists of requirements come to together, dependencies included, sorted.

        Args:
            requirements: files of pip's format.
            index: URL of the index.
            constraints: versions to keep to, as ``name==version``.

        Raises:
            InputError: a requirement has no wheel for the target, or contradicts another.
            VerificationError: a wheel is not what a requirement's hash says.
            UpstreamError: the index cannot be reached.
        """
        if self.offline:
            todo = "run without --offline, or lock on a machine that has a network"
            raise UpstreamError("not asked: --offline", where=index, todo=todo)
        with tempfile.TemporaryDirectory(prefix="airlock-pip-") as scratch:
            report, kept = Path(scratch, "report.json"), Path(scratch, "constraints.txt")
            kept.write_text("".join(f"{one}\n" for one in constraints), encoding="utf-8")
            words = ["-c", str(kept), *self._options(index), *target.options, "--target", str(Path(scratch, "target"))]
            words += [word for path in requirements for word in ("-r", str(path))]
            try:
                proc.run(
                    [sys.executable, "-P", _PROGRAM, json.dumps(target.markers), "install", *words, "--report", report],
                    timeout=_SECONDS,
                    env=_environment(self._proxy),
                    cwd=requirements[0].parent,
                )
            except ProcessFailed as failure:
                raise explained(failure.result.stdout + failure.result.stderr, requirements, target, index) from failure
            return self.read_report(json.loads(report.read_text(encoding="utf-8")), index)

    def read_report(self, report: dict[str, Any], index: str) -> list[Wheel]:
        """The wheels of pip's report."""
        scheme = urlsplit(index).scheme
        wheels = []
        for entry in report["install"]:
            info = entry["download_info"]
            url = self._mirrors.locked(info["url"].partition("#")[0], scheme=scheme)
            hashes = info.get("archive_info", {}).get("hashes", {})
            digest = Digest("sha256", hashes["sha256"]) if "sha256" in hashes else None
            wheels.append(Wheel(url.rsplit("/", 1)[-1], url, digest))
        return sorted(wheels, key=lambda wheel: wheel.filename)

    def _options(self, index: str) -> list[str]:
        asked = self._mirrors.url(index)
        host = urlsplit(asked).netloc.rpartition("@")[2]
        mirrored = asked != index or urlsplit(index).scheme == "http"
        cache = ["--cache-dir", str(self._cache)] if self._cache else ["--no-cache-dir"]
        return [
            *("--dry-run", "--ignore-installed", "--only-binary", ":all:", "--index-url", asked),
            *(["--trusted-host", host] if mirrored and urlsplit(asked).scheme == "http" else []),
            *("--retries", "2", "--timeout", "30", *cache),
        ]


def explained(output: str, requirements: Sequence[Path], target: Target, index: str) -> AirlockError:
    """What pip said, as an error of ours."""
    where = " and ".join(map(str, requirements))
    lines = [line for line in output.splitlines() if line.startswith(("ERROR:", "WARNING:"))]
    last = "; ".join(line.partition(": ")[2] for line in lines[-3:]) or output.strip()[-500:]
    if altered := _HASHES.search(output):
        expected, found = f"sha256:{altered['given']}", f"sha256:{altered['found']}"
        what = f"other bytes of {altered['name']} than its hash says: expected {expected}, found {found}"
        return VerificationError(what, where=where, todo="compare with its maker: the index, or the list, is wrong")
    if _NETWORK.search(output):
        return UpstreamError("the package index cannot be read", where=index, why=last, todo=LATER)
    if missing := _NO_WHEEL.search(output):
        return _without_wheel(missing[1], output, where, target)
    if source := _NO_SOURCES.search(output):
        todo = "ask for another version; what has no wheel must be built into one and served by an index"
        return InputError(f"{source[1]} is no wheel, and nothing is built here", where=where, todo=todo)
    if unhashed := _UNHASHED.search(output):
        lacking = ", ".join(line.split()[0] for line in unhashed[1].splitlines()) or last
        todo = "give a hash to each, what others require too, or to none: the lock has a digest of every wheel"
        return InputError("some requirements have hashes and some have none", where=where, why=lacking, todo=todo)
    conflict = _CONFLICT.search(output)
    why = "; ".join(line.strip() for line in conflict[1].splitlines()) if conflict else last
    todo = "correct the requirements"
    return InputError("the requirements cannot be resolved", where=where, why=why, todo=todo)


def _without_wheel(wanted: str, output: str, where: str, target: Target) -> InputError:
    versions = _VERSIONS.search(output)
    known = versions[1] if versions and versions[1] != "none" else "none"
    return InputError(
        f"no wheel for {wanted} on Python {target.python}, EL {target.major}, {target.arch}",
        where=where,
        why=f"versions with such a wheel: {known}",
        todo="ask for another version; what has no wheel must be built into one and served by an index",
    )


def _environment(proxy: str | None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    kept |= proxy_environment(proxy, kept)
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
