"""What the base ISO gives to the medium: which of its files stay, and which of them are edited."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_builder.master import efi_image, grub_cfg, isolinux_cfg, treeinfo
from airlock_builder.master.menu import Menu, menu, relabelled
from airlock_core import digest, iso_hashing, media
from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.iso import IsoFile, IsoImage, IsoReader
from airlock_core.manifest_file import Entry
from airlock_core.staged import StagedMedia
from airlock_core.tree import MediaFile

_BOOT_FOLDERS = ("isolinux", "EFI", "boot")
_MAX_TEXT = 256 << 10
_MAX_EFI_IMAGE = 256 << 20


@dataclass(frozen=True)
class Foundation:
    """The base's part of the medium.

    Args:
        kept: entries of the base's files that stay as they are.
        edited: files made from the base's, which take their places.
        gone: paths of the base to be removed, folders before what is in them.
    """

    kept: tuple[Entry, ...] = ()
    edited: tuple[MediaFile, ...] = ()
    gone: tuple[PurePosixPath, ...] = ()


def foundation(staged: StagedMedia, work: Path) -> Foundation:
    """Read the base ISO, edit its boot configuration and .treeinfo into the folder ``work``.

    Raises:
        InputError: no boot configuration that is known.
        VerificationError: not an ISO, or one that cannot be read.
    """
    if staged.base is None:
        return Foundation()
    with IsoReader(staged.base) as reader:
        image = reader.image()
        _check_boot(image, staged.base)
        ours = staged.paths
        gone = _gone(image, ours)
        stay = [file for file in image.files if file.path not in ours and not _below(file.path, gone)]
        title = f"{staged.release.name} {staged.release.version}"
        edited = _edited(reader, stay, menu(title, image.label, staged.label, ours), work, staged)
        changed = {file.path for file in edited} | {media.TREEINFO}
        plain = [file for file in stay if file.path not in changed and file.path not in media.UNLISTED]
        kept = iso_hashing.entries(reader, plain)
        edited += _treeinfo(reader, stay, {e.path: e.digest for e in kept}, [*staged.tree, *edited], work)
    return Foundation(kept=tuple(kept), edited=tuple(edited), gone=gone)


def is_package_content(path: PurePosixPath, repos: Collection[PurePosixPath]) -> bool:
    """Whether a file of the base is a package or stands in one of its repos."""
    if path.suffix == ".rpm":
        return True
    return any(
        (repo in path.parents and repo != PurePosixPath())
        or (repo == PurePosixPath() and path.parts[0] in ("repodata", "Packages"))
        for repo in repos
    )


def _check_boot(image: IsoImage, path: Path) -> None:
    """What the base boots must be files: a boot image outside of them would keep the old label."""
    begins = {file.extents[0].offset for file in image.files if file.extents}
    if not image.boot_offsets or not begins.issuperset(image.boot_offsets):
        why = "it has no El Torito boot images" if not image.boot_offsets else "a boot image is an appended partition"
        raise InputError("the base ISO boots in a way that is not known", where=str(path), why=why)


def _gone(image: IsoImage, ours: Collection[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """The base's repos as folders, and single files that are of no use or in the way."""
    repos = {file.path.parent.parent for file in image.files if file.path.match("repodata/repomd.xml")}
    folders = {repo for repo in repos if repo.parts}
    if PurePosixPath() in repos:
        folders |= {PurePosixPath("repodata")}
        folders |= {PurePosixPath("Packages") for file in image.files if file.path.parts[0] == "Packages"}
    loose = [file.path for file in image.files if is_package_content(file.path, repos) or file.path.name == "TRANS.TBL"]
    singles = [path for path in (*loose, *image.others) if not _below(path, folders)]
    top = [folder for folder in folders if not any(other in folder.parents for other in folders)]
    return tuple(sorted([*top, *singles]))


def _below(path: PurePosixPath, folders: Collection[PurePosixPath]) -> bool:
    return path in folders or any(parent in folders for parent in path.parents)


def _edited(
    reader: IsoReader, files: Iterable[IsoFile], menu: Menu, work: Path, staged: StagedMedia
) -> list[MediaFile]:
    edited = []
    menus = 0
    for file in files:
        if file.path == media.EFIBOOT_IMG:
            image = work / "efiboot.img"
            image.write_bytes(reader.read(file, _MAX_EFI_IMAGE))
            menus += efi_image.edit(image, menu, epoch=staged.epoch)
            edited.append(MediaFile(file.path, image, digest.of_file(image), image.stat().st_size))
        elif file.path.parts[0] in _BOOT_FOLDERS and file.size <= _MAX_TEXT:
            text = _text(reader.read(file, _MAX_TEXT))
            new, is_menu = edit_text(text, menu) if text is not None else (None, False)
            menus += is_menu
            if new is not None and new != text:
                edited.append(_write(work, file.path, new))
    if not menus:
        todo = "give the ISO of a Rocky Linux release as `base.iso`"
        raise InputError("the base ISO has no boot menu that is known", where=str(reader.path), todo=todo)
    return edited


def edit_text(text: str, menu: Menu) -> tuple[str, bool]:
    """A text of a boot folder for the medium, and whether it is a boot menu."""
    if isolinux_cfg.is_isolinux(text):
        return isolinux_cfg.rewrite(text, menu), True
    if grub_cfg.is_grub(text):
        return grub_cfg.rewrite(text, menu), True
    return relabelled(text, menu), False


def _text(raw: bytes) -> str | None:
    try:
        return None if b"\0" in raw else raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _treeinfo(
    reader: IsoReader,
    files: Iterable[IsoFile],
    digests: dict[PurePosixPath, Digest],
    ours: Iterable[MediaFile],
    work: Path,
) -> list[MediaFile]:
    found = next((file for file in files if file.path == media.TREEINFO), None)
    if found is None:
        return []
    where = f"{reader.path}: {media.TREEINFO}"
    text = reader.read(found, _MAX_TEXT).decode("utf-8", errors="replace")
    all_digests = {**digests, **{file.path: file.digest for file in ours}}
    return [_write(work, media.TREEINFO, treeinfo.rewrite(text, all_digests, where=where))]


def _write(work: Path, path: PurePosixPath, text: str) -> MediaFile:
    target = work / "edited" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode("utf-8")
    target.write_bytes(raw)
    return MediaFile(path, target, Digest.sha256(raw), len(raw))
