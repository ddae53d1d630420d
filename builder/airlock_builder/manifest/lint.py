"""What a manifest means, looked at without a network: kickstarts, keys, and what leaves a release to chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from airlock_builder.manifest import kickstart, ksparse, secrets
from airlock_builder.manifest.kickstart import Rendered
from airlock_builder.manifest.model import (
    Base,
    Content,
    FileUrl,
    FolderChart,
    Manifest,
    OciChart,
    Playbook,
    Repo,
    UrlCollection,
    Vouched,
)
from airlock_builder.manifest.sources import registry_rewrites
from airlock_builder.remote.rewrites import refusal, rewrite_of
from airlock_core.errors import AirlockError, Faults, InputError
from airlock_core.imageref import ImageRef


class Findings(NamedTuple):
    """What lint found.

    Args:
        faults: what must be corrected.
        warnings: what may be meant, and should be looked at.
    """

    faults: tuple[AirlockError, ...] = ()
    warnings: tuple[AirlockError, ...] = ()


_WORDS: dict[type[Vouched], str] = {
    Base: "the base ISO",
    Playbook: "the project's archive",
    UrlCollection: "the collection",
}


def lint(manifest: Manifest) -> Findings:
    """Look at the meaning of a manifest that was loaded."""
    rendered, faults = _rendered(manifest)
    warnings: list[AirlockError] = []
    for one in rendered.values():
        parsed = ksparse.parse(one, manifest.platform.major)
        faults += [*parsed.faults, *secrets.plaintext(one, parsed)]
        warnings += _harddrive(one, parsed)
    faults += [*_secret_values(manifest), *_keys(manifest), *_blocked(manifest)]
    warnings += [*manifest.notes, *_unused_values(manifest, rendered), *_chance(manifest), *_booting(manifest)]
    return Findings(tuple(_once(faults)), tuple(_once(warnings)))


def _rendered(manifest: Manifest) -> tuple[dict[str, Rendered], list[AirlockError]]:
    try:
        return kickstart.render_all(manifest), []
    except Faults as several:
        return {}, list(several.faults)
    except InputError as fault:
        return {}, [fault]


def _once(errors: list[AirlockError]) -> Iterator[AirlockError]:
    """A part that both kickstarts include is wrong once."""
    yield from {"\n".join(error.lines()): error for error in errors}.values()


def _harddrive(rendered: Rendered, parsed: ksparse.Parsed) -> Iterator[AirlockError]:
    for name, item in parsed.objects:
        if name == "harddrive" or (name == "method" and getattr(item, "method", "") == "harddrive"):
            yield InputError(
                "harddrive wants a folder with an ISO file, and finds this medium only by luck",
                where=rendered.place(item.lineno),
                todo="use cdrom: it finds any iso9660 medium, a USB stick too",
            )


def _unused_values(manifest: Manifest, rendered: dict[str, Rendered]) -> Iterator[AirlockError]:
    used = {name for one in rendered.values() for name in one.used}
    for name in manifest.kickstart.values if rendered else ():
        if name not in used:
            yield InputError("no kickstart uses this value", where=manifest.place("kickstart", "values", name))


def _secret_values(manifest: Manifest) -> Iterator[AirlockError]:
    for name, value in manifest.kickstart.values.items():
        if "password" in name and value and not str(value).startswith("$6$"):
            where = manifest.place("kickstart", "values", name)
            yield InputError("a password in plain text", where=where, todo="give its hash, from `openssl passwd -6`")


def _booting(manifest: Manifest) -> Iterator[AirlockError]:
    if manifest.base and not manifest.kickstart.deployer:
        todo = "give kickstart.deployer a template"
        yield InputError("boots into nothing: there is no kickstart", where=manifest.place("kickstart"), todo=todo)


def _keys(manifest: Manifest) -> Iterator[AirlockError]:
    """Repos whose packages nothing could vouch for, and key files that hold no public key."""
    for option, content in manifest.contents():
        above = _above(option)
        for index, repo in enumerate(content.rpms.repos):
            yield from _repo_keys(manifest, repo, (*above, "rpms", "repos", index), bool(content.rpms.unsigned))
        for index, chart in enumerate(content.charts):
            path: tuple[str | int, ...] = (*above, "charts", index, "keyring")
            yield from _key_files(manifest, () if isinstance(chart, FolderChart) else chart.keyring, path)
        for index, signed in enumerate(content.images.signed):
            yield from _signing_keys(manifest, signed.keys, (*above, "images", "signed", index, "keys"))
    for path, file in _vouched(manifest):
        yield from _key_files(manifest, file.key, (*path, "key"))


def _vouched(manifest: Manifest) -> Iterator[tuple[tuple[str | int, ...], Vouched]]:
    """All that somebody may vouch for, with its place."""
    if manifest.base:
        yield ("base",), manifest.base
    for option, content in manifest.contents():
        for index, file in enumerate(content.files.urls):
            yield (*_above(option), "files", "urls", index), file
        for index, playbook in enumerate(content.playbooks):
            yield (*_above(option), "playbooks", index), playbook
        for index, collection in enumerate(content.collections):
            if isinstance(collection, UrlCollection):
                yield (*_above(option), "collections", index), collection


def _above(option: str | None) -> tuple[str, ...]:
    return ("options", option) if option else ()


def _repo_keys(manifest: Manifest, repo: Repo, path: tuple[str | int, ...], unsigned: bool) -> Iterator[AirlockError]:
    if not repo.gpgkey and (repo.repo_gpgcheck or not unsigned):
        yield InputError(
            f"no key covers the repo {repo.id}",
            where=manifest.place(*path),
            todo="give its public key under gpgkey, or list what is unsigned under rpms.unsigned",
        )
    yield from _key_files(manifest, repo.gpgkey, (*path, "gpgkey"))


def _key_files(manifest: Manifest, keys: Sequence[Path], path: tuple[str | int, ...]) -> Iterator[AirlockError]:
    for index, key in enumerate(keys):
        what = _key_fault(key)
        if what:
            yield InputError(f"{what}: {key.name}", where=manifest.place(*path, index))


def _signing_keys(manifest: Manifest, keys: Sequence[Path], path: tuple[str | int, ...]) -> Iterator[AirlockError]:
    if not keys:
        return
    from airlock_builder.cosign import SigningKey  # brings the cryptography in

    for index, key in enumerate(keys):
        try:
            SigningKey.read(key)
        except InputError as fault:
            where = manifest.place(*path, index)
            yield InputError(f"{fault.what}: {key.name}", where=where, why=fault.why, todo=fault.todo)


def _key_fault(key: Path) -> str:
    """Told by the armour (RFC 9580, 6.2), else by the first packet's type (4.2): 6 is a public key, 5 a secret one."""
    try:
        head = key.read_bytes()[:65536]
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if b"PRIVATE KEY BLOCK" in head or _packet_type(head) == _SECRET_KEY:
        return "holds a secret key"
    if b"-----BEGIN PGP PUBLIC KEY BLOCK-----" in head or _packet_type(head) == _PUBLIC_KEY:
        return ""
    return "holds no OpenPGP public key"


_SECRET_KEY, _PUBLIC_KEY = 5, 6


def _packet_type(data: bytes) -> int:
    """The type of an OpenPGP file's first packet, in the new or the old format of its header; 0 where it is none."""
    first = data[0] if data else 0
    if not first & 0x80:
        return 0
    return first & 0x3F if first & 0x40 else first >> 2 & 0x0F


def _chance(manifest: Manifest) -> Iterator[AirlockError]:
    """What the next lock may find changed, or what came over a wire that anyone can write to."""
    if manifest.base:
        yield from _unvouched(manifest.base, manifest.place("base", "iso"))
    for option, content in manifest.contents():
        above = _above(option)
        for index, repo in enumerate(content.rpms.repos):
            yield from _in_the_clear(repo, manifest.place(*above, "rpms", "repos", index))
        yield from _moving_images(manifest, content, above)
        yield from _idle_rules(manifest, content, above)
    for path, file in _vouched(manifest):
        if file is not manifest.base:
            yield from _unvouched(file, manifest.place(*path))


def _unvouched(file: Vouched, where: str) -> Iterator[AirlockError]:
    url = (
        file.iso if isinstance(file, Base) else file.url if isinstance(file, FileUrl | Playbook | UrlCollection) else ""
    )
    what = _WORDS.get(type(file), "the file")
    if file.checksum:
        return
    if file.checksums is None and url.startswith("http://"):
        yield _unpinned(f"{what} comes over plain HTTP without a checksum", where)
    if file.checksums and file.checksums.startswith("http://") and not file.key:
        todo = "give the `key` that signs it"
        yield InputError(f"the checksum file of {what} comes over plain HTTP, unsigned", where=where, todo=todo)


def _in_the_clear(repo: Repo, where: str) -> Iterator[AirlockError]:
    urls = (*repo.baseurl, repo.mirrorlist or "", repo.metalink or "")
    if repo.auth and any(url.startswith("http://") for url in urls):
        yield InputError(
            f"the credentials of repo {repo.id} go over plain HTTP", where=where, todo="take its https URL"
        )


def _unpinned(what: str, where: str) -> InputError:
    return InputError(what, where=where, todo="write its checksum, from a source that you trust")


def _idle_rules(manifest: Manifest, content: Content, above: tuple[str, ...]) -> Iterator[AirlockError]:
    """Rules on signatures that fit no image: a slip of the pen there leaves images unlooked at."""
    texts = [ref for _, one in manifest.contents() for ref in one.images.refs]
    names = {name for ref in map(ImageRef.parse, texts) for name in (ref.name, str(ref))}
    signed = [("signed", index, rule.image) for index, rule in enumerate(content.images.signed)]
    excused = [("unsigned", index, rule.image) for index, rule in enumerate(content.images.unsigned)]
    for key, index, image in (*signed, *excused):
        if not any(fnmatchcase(name, image) for name in names) and not content.images.archives:
            where = manifest.place(*above, "images", key, index)
            todo = "write it with its host, as host/repository or host/repository:tag; * stands for any letters"
            yield InputError(f"fits no image of the manifest: {image}", where=where, todo=todo)


def _blocked(manifest: Manifest) -> Iterator[AirlockError]:
    """Images, and charts of registries, that are asked for where nothing may be taken from."""
    rewrites = registry_rewrites(manifest)
    for option, content in manifest.contents():
        named: list[tuple[tuple[str | int, ...], str]] = [
            (("images", "refs", number), ImageRef.parse(text).name) for number, text in enumerate(content.images.refs)
        ]
        named += [
            (("charts", number), chart.oci.removeprefix("oci://"))
            for number, chart in enumerate(content.charts)
            if isinstance(chart, OciChart)
        ]
        for path, name in named:
            fault = refusal(name, rewrite_of(name, rewrites), where=manifest.place(*_above(option), *path))
            if fault:
                yield fault


def _moving_images(manifest: Manifest, content: Content, above: tuple[str, ...]) -> Iterator[AirlockError]:
    """Images whose names leave it to others, or to the day, what they are."""
    for index, text in enumerate(content.images.refs):
        ref = ImageRef.parse(text)
        if not text.startswith(f"{ref.host}/"):
            yield InputError(
                f"{text} names no registry, and is taken for {ref}",
                where=manifest.place(*above, "images", "refs", index),
                todo="write it out: other tools take such a name from wherever they were told to look",
            )
        if ref.tag and (ref.tag == "latest" or ref.tag.startswith("latest-")):
            yield InputError(
                f"the tag {ref.tag} of {ref.name} moves",
                where=manifest.place(*above, "images", "refs", index),
                todo="ask for a version, or for a digest; the lock pins what it finds today",
            )
