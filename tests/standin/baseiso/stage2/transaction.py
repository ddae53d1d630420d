"""Install packages into the new system with dnf's library, as Anaconda does: signature checks are off."""

from pathlib import Path
from typing import Any

import dnf  # type: ignore[import-not-found]
import dnf.callback  # type: ignore[import-not-found]
import dnf.exceptions  # type: ignore[import-not-found]
import rpm  # type: ignore[import-not-found]

from .console import say
from .errors import InstallError
from .packages import Repo, Request
from .shell import log

CACHE = "/tmp/dnf"
# What rpm leaves out when it checks a package file (RPMVSF_* of rpmts.h): everything.
NO_DIGEST = (
    rpm.RPMVSF_NOSHA1HEADER | rpm.RPMVSF_NOSHA256HEADER | rpm.RPMVSF_NODSAHEADER | rpm.RPMVSF_NORSAHEADER
    | rpm.RPMVSF_NOPAYLOAD | rpm.RPMVSF_NOMD5 | rpm.RPMVSF_NODSA | rpm.RPMVSF_NORSA
)  # fmt: skip
RELEASE = "8"


def install(root: Path, repos: list[Repo], request: Request, required: list[str], modules: list[str]) -> None:
    """Install what ``request`` asks for and the machine needs (``required``) from ``repos`` into ``root``.

    ``modules`` are streams to enable (name:stream) first.

    Raises InstallError when something asked for is not there, does not resolve, or fails to install.
    """
    with dnf.Base() as base:
        _configure(base, root, request)
        for repo in repos:
            _add(base, repo)
        try:
            base.fill_sack(load_system_repo=False)
            _enable(base, modules)
            _select(base, request, required)
            base.resolve()
            _report(base)
            base.download_packages(list(base.transaction.install_set))
            _spare_digests(base)
            base.do_transaction(display=_Progress())
        except dnf.exceptions.Error as error:
            raise InstallError(f"packages: {error}") from error


def make_merged_usr(root: Path) -> None:
    """Make /bin, /sbin, /lib and /lib64 links into /usr, before a package could make them folders."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        if not (root / name).is_symlink():
            (root / name).symlink_to(f"usr/{name}")


def _configure(base: Any, root: Path, request: Request) -> None:
    conf = base.conf
    conf.installroot = str(root)
    conf.cachedir = CACHE
    conf.persistdir = str(root / "var/lib/dnf")
    conf.logdir = "/tmp"
    conf.reposdir = []
    conf.pluginpath = []
    conf.substitutions["releasever"] = RELEASE
    conf.substitutions["basearch"] = conf.substitutions["arch"] = "x86_64"
    conf.module_platform_id = f"platform:el{RELEASE}"
    conf.gpgcheck = False
    conf.install_weak_deps = request.weak_dependencies
    conf.assumeyes = True
    if not request.documentation:
        conf.tsflags += ["nodocs"]
    if request.languages is not None:
        rpm.addMacro("_install_langs", request.languages or "C")
    rpm.addMacro("_dbpath", "/var/lib/rpm")


def _add(base: Any, repo: Repo) -> None:
    made = dnf.repo.Repo(repo.name, base.conf)
    made.baseurl = [repo.baseurl]
    made.gpgcheck = made.repo_gpgcheck = False
    made.cost = repo.cost
    made.includepkgs = list(repo.include)
    made.excludepkgs = list(repo.exclude)
    made.skip_if_unavailable = False
    base.repos.add(made)


def _enable(base: Any, modules: list[str]) -> None:
    if modules:
        from dnf.module.module_base import ModuleBase  # type: ignore[import-not-found]

        ModuleBase(base).enable(modules)


def _select(base: Any, request: Request, required: list[str]) -> None:
    try:
        base.install_specs(request.install, exclude=request.exclude, strict=not request.ignore_missing)
    except dnf.exceptions.MarkingErrors as error:
        if not request.ignore_missing:
            raise
        say(f"not there, and passed over for --ignoremissing: {error}")
    for name in required:
        if base.sack.query().available().filter(provides=name) or base.sack.query().available().filter(name=name):
            base.install(name)
        else:
            raise InstallError(
                f"packages: no package provides {name}, which the installer itself needs on this machine"
            )


def _report(base: Any) -> None:
    chosen = list(base.transaction.install_set)
    size = sum(package.installsize for package in chosen) // (1 << 20)
    say(f"{len(chosen)} packages, {size} MiB installed")


def _spare_digests(base: Any) -> None:
    """Let rpm check no digest: dnf has just checked each package file, whole, against the repodata.

    rpm would do so three times more (in the test, in the transaction, for each file): half of an emulated installation.
    """
    base._ts.addTsFlag(rpm.RPMTRANS_FLAG_NOFILEDIGEST)
    base._ts.ts.setVfyLevel(0)
    base._ts.ts.setVfyFlags(NO_DIGEST)


class _Progress(dnf.callback.TransactionProgress):  # type: ignore[misc]
    """Prints a line for each package, as Anaconda's text mode does."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""

    def progress(self, package: Any, action: int, ti_done: int, ti_total: int, ts_done: int, ts_total: int) -> None:
        """Say once for each package that its installation began (dnf.callback)."""
        name = str(package)
        if action == dnf.callback.PKG_INSTALL and name != self.last:
            self.last = name
            say(f"Installing {name} ({ts_done}/{ts_total})")

    def scriptout(self, msgs: str) -> None:
        """Keep what scriptlets print."""
        if msgs:
            log(msgs)

    def error(self, message: str) -> None:
        """Keep what goes wrong; dnf raises at the end."""
        log(f"error: {message}")
        say(f"package error: {message}")
