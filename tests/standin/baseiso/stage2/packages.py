"""What to install, decided from the kickstart and the medium: repositories, groups, packages. Pure functions."""

from collections.abc import Callable
from configparser import ConfigParser
from dataclasses import dataclass
from typing import Any

from pykickstart import constants

from .errors import InstallError
from .medium import MOUNT_POINT


@dataclass(frozen=True)
class Repo:
    """A repository to install from."""

    name: str
    baseurl: str
    cost: int = 1000
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What %packages asks for, in dnf's terms."""

    install: tuple[str, ...]
    exclude: tuple[str, ...]
    ignore_missing: bool = False
    weak_dependencies: bool = True
    documentation: bool = True
    languages: str | None = None


def medium_repos(treeinfo: str, has_repodata: Callable[[str], bool]) -> list[Repo]:
    """Return the medium's repositories: its root, and each variant's in ``treeinfo``, where repodata is.

    Args: ``treeinfo`` is the text of .treeinfo (productmd 1.2), ``has_repodata`` says of a folder of the medium
    whether it holds repodata/repomd.xml.

    Raises InstallError when none does.
    """
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(treeinfo)
    named = {
        section.removeprefix("variant-"): parser.get(section, "repository", fallback="")
        for section in parser.sections()
        if section.startswith("variant-")
    }
    folders = {"anaconda": ".", **named}
    found = [
        Repo(name, f"file://{MOUNT_POINT}/{folder}")
        for name, folder in folders.items()
        if folder and has_repodata(folder)
    ]
    if not found:
        raise InstallError(
            f"cdrom: no repository on the medium: .treeinfo names {sorted(named.values())}, none has repodata"
        )
    return found


def kickstart_repos(handler: Any) -> list[Repo]:
    """Return the repositories of the kickstart's `repo` commands.

    Raises InstallError for one that is not on this machine: nothing is fetched from a network here.
    """
    repos = []
    for repo in handler.repo.repoList:
        if not repo.baseurl.startswith("file:///"):
            raise InstallError(
                f"repo --name={repo.name} --baseurl={repo.baseurl}: only file:/// is supported by this installer"
            )
        repos.append(Repo(repo.name, repo.baseurl, repo.cost or 1000, tuple(repo.includepkgs), tuple(repo.excludepkgs)))
    return repos


def request(handler: Any) -> Request:
    """Return what the kickstart's %packages section asks for, with the core group unless --nocore.

    Raises InstallError when there is no %packages section, or for a form that this installer does not do.
    """
    packages = handler.packages
    if not packages.seen:
        raise InstallError("kickstart: no %packages section")
    if packages.default or packages.multiLib:
        raise InstallError("%packages --default and --multilib are not supported by this installer")
    for group in packages.groupList:
        if group.include != constants.GROUP_DEFAULT:
            raise InstallError(
                f"%packages @{group.name}: --nodefaults and --optional are not supported by this installer"
            )
    core = [] if packages.nocore else ["@core"]
    environment = [f"@{packages.environment}"] if packages.environment else []
    groups = [f"@{group.name}" for group in packages.groupList]
    without = [*packages.excludedList, *(f"@{group.name}" for group in packages.excludedGroupList)]
    return Request(
        install=tuple(dict.fromkeys([*core, *environment, *groups, *packages.packageList])),
        exclude=tuple(without),
        ignore_missing=packages.handleMissing == constants.KS_MISSING_IGNORE,
        weak_dependencies=not packages.excludeWeakdeps,
        documentation=not packages.excludeDocs,
        languages=packages.instLangs,
    )


def machine_requirements(fstypes: set[str], uefi: bool) -> list[str]:
    """Return the packages that Anaconda adds by itself: kernel, boot loader and file system tools."""
    tools = {"xfs": "xfsprogs", "ext4": "e2fsprogs", "efi": "dosfstools", "vfat": "dosfstools"}
    boot = ["grub2-efi-x64", "shim-x64", "efibootmgr"] if uefi else ["grub2-pc"]
    return ["kernel", *boot, *sorted({tools[fstype] for fstype in fstypes if fstype in tools})]
