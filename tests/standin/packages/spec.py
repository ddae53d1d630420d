"""The text of a spec file, from values."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.standin.packages.programs import User

# daemon-reload and preset do nothing harmful in an installroot, where no systemd runs.
_POST = """
if [ $1 -eq 1 ]; then systemctl --no-reload preset {units} >/dev/null 2>&1 || :; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload >/dev/null 2>&1 || :; fi
"""
_PREUN = """
if [ $1 -eq 0 ] && [ -d /run/systemd/system ]; then systemctl --no-reload disable --now {units} >/dev/null 2>&1 || :
elif [ $1 -eq 0 ]; then systemctl --no-reload disable {units} >/dev/null 2>&1 || :; fi
"""
_POSTUN = """
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload >/dev/null 2>&1 || :
    if [ $1 -ge 1 ]; then systemctl try-restart {units} >/dev/null 2>&1 || :; fi
fi
"""
_USER = """
getent group {name} >/dev/null || groupadd -r {name} || :
getent passwd {name} >/dev/null || useradd -r -g {name} -d {home} -s /sbin/nologin -c "{comment}" {name} || :
"""


@dataclass(frozen=True)
class Spec:
    """What rpmbuild is to make of a tree: the preamble's values, the scriptlets and the %files entries."""

    name: str
    version: str
    release: str
    summary: str
    files: str
    arch: str = "x86_64"
    requires: tuple[str, ...] = ()
    requires_pre: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    module: str = ""
    users: tuple[User, ...] = ()
    units: tuple[str, ...] = ()
    post: str = ""

    @property
    def nevra(self) -> str:
        """Return the NEVRA as modules.yaml lists it."""
        return f"{self.name}-0:{self.version}-{self.release}.{self.arch}"

    @property
    def file_name(self) -> str:
        """Return the name of the file that rpmbuild makes."""
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"

    def text(self) -> str:
        """Return the spec file."""
        sections = (self._preamble(), "%description", self.summary, "", "%install", "", *self._scriptlets())
        return "\n".join([*sections, "%files", "%defattr(-,root,root)", self.files])

    def _preamble(self) -> str:
        lines = [
            f"Name: {self.name}", f"Version: {self.version}", f"Release: {self.release}",
            f"Summary: {self.summary}", "License: as in Debian", "Group: Unspecified",
            "Vendor: airlock stand-in, for tests alone", f"BuildArch: {self.arch}", "AutoReqProv: no",
        ]  # fmt: skip
        lines += [f"ModularityLabel: {self.module}"] if self.module else []
        lines += _lines("Requires(pre)", self.requires_pre)
        return "\n".join([*lines, *_lines("Requires", self.requires), *_lines("Provides", self.provides), ""])

    def _scriptlets(self) -> list[str]:
        units = " ".join(self.units)
        made = "".join(_USER.format(name=u.name, home=u.home, comment=u.comment) for u in self.users)
        sections = {"%pre": made + "exit 0\n" if made else "", "%post": self.post}
        if units:
            sections["%post"] += _POST.format(units=units)
            sections["%preun"] = _PREUN.format(units=units)
            sections["%postun"] = _POSTUN.format(units=units)
        return [f"{header}\n{body}" for header, body in sections.items() if body]


def _lines(tag: str, values: Iterable[str]) -> list[str]:
    return [f"{tag}: {value}" for value in values]
