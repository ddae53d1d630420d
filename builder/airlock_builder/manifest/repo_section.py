"""One section of a .repo file, from dnf's keys to the manifest's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from airlock_builder.manifest.dnf_ini import Section
from airlock_builder.manifest.dnf_vars import substituted
from airlock_builder.manifest.tree import Node, Place
from airlock_core.errors import AirlockError, InputError

SOURCES = ("metalink", "mirrorlist", "baseurl")
"""Of several that a section gives, the first counts, as in dnf."""
TYPES = ("rpm-md", "rpm", "repomd", "rpmmd", "yum", "YUM")
WITHOUT_EFFECT = frozenset(
    {
        "bandwidth",
        "build_cache",
        "cachedir",
        "countme",
        "deltarpm",
        "deltarpm_percentage",
        "enabled_metadata",
        "failovermethod",
        "fastestmirror",
        "http_caching",
        "ip_resolve",
        "keepcache",
        "max_parallel_downloads",
        "mediaid",
        "metadata_expire",
        "metadata_expire_filter",
        "minrate",
        "mirrorlist_expire",
        "name",
        "protected_packages",
        "proxy_auth_method",
        "retries",
        "sslverifystatus",
        "throttle",
        "timeout",
        "ui_repoid_vars",
        "user_agent",
    }
)
"""Keys of dnf and yum that say how a client works, and nothing of what a repository is."""
_STRICTER = {
    "gpgcheck": "the signature of every package is checked all the same",
    "pkg_gpgcheck": "the signature of every package is checked all the same",
    "sslverify": "certificates are checked all the same: give the authority's file as sslcacert where it is your own",
}
_LISTS = {"exclude": "exclude", "excludepkgs": "exclude", "includepkgs": "include"}
_NUMBERS = ("priority", "cost")
_FLAGS = ("repo_gpgcheck", "module_hotfixes")
_FILES = {"sslcacert": "ca", "sslclientcert": "client_cert", "sslclientkey": "client_key"}
_LOGINS = ("username", "password", "proxy", "proxy_username", "proxy_password")
KEYS = frozenset(
    {*WITHOUT_EFFECT, *SOURCES, *_STRICTER, *_LISTS, *_NUMBERS, *_FLAGS, *_FILES, *_LOGINS}
    | {"enabled", "type", "gpgkey", "enablegroups", "skip_if_unavailable"}
)
_TRUE, _FALSE = ("1", "yes", "true", "on"), ("0", "no", "false", "off")
_BETWEEN = re.compile(r"[ ,\n]+")
_NUMBER = re.compile(r"[+-]?[0-9]{1,10}")


@dataclass
class Read:
    """One section, and what comes to light while it is read.

    Args:
        path: the file.
        section: as it stands there.
        known: what variables stand for.
        folders: where key files may stand, each beside a folder ``keys``.
        faults: what is wrong.
        notes: what is not followed.
        secrets: what must stand in no lock and no log, by the name of a variable that stands for it.
    """

    path: Path
    section: Section
    known: Mapping[str, str]
    folders: tuple[Path, ...]
    faults: list[AirlockError] = field(default_factory=list)
    notes: list[AirlockError] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    id: str = ""
    _unknown: set[int] = field(default_factory=set)
    _values: dict[str, str] = field(default_factory=dict, repr=False)

    def fault(self, line: int, what: str, todo: str = "") -> None:
        """Note what is wrong with a line."""
        self.faults.append(InputError(what, where=str(Place(self.path, line=line)), todo=todo))

    def text(self, line: int, raw: str) -> str:
        """A text with what its variables stand for."""

        def missing(name: str) -> None:
            near = difflib.get_close_matches(name, self.known, n=1)
            todo = f"did you mean ${near[0]}?" if near else f"define it in the manifest, under vars: {name}: …"
            self.fault(line, f"nothing defines ${name}", todo)
            self._unknown.add(line)

        return substituted(raw, self.known, missing)

    def value(self, key: str) -> str:
        """A key's value; empty where the section has none."""
        found = self.section.values.get(key)
        if found and key not in self._values:
            self._values[key] = self.text(found.line, found.text)
        return self._values.get(key, "")

    def secret(self, key: str) -> str:
        """A key's value that no error may show; what defines nothing stays in it, as in dnf."""
        found = self.section.values.get(key)
        return substituted(found.text, self.known, lambda name: None) if found else ""

    def stray(self, key: str, text: str) -> bool:
        """Whether a value has a ``$`` that is no variable's."""
        return "$" in text and self.line(key) not in self._unknown

    def line(self, key: str) -> int:
        """The line that a key stands in."""
        found = self.section.values.get(key)
        return found.line if found else self.section.line

    def node(self, key: str, value: object) -> Node:
        """A value at its key's place."""
        return Node.of(value, Place(self.path, line=self.line(key)))

    def flag(self, key: str, *, otherwise: bool) -> bool:
        """A key that is true or false."""
        text = self.value(key).lower()
        if text and text not in (*_TRUE, *_FALSE):
            self.fault(self.line(key), f"{key} is neither true nor false: {text!r}", "write 1 or 0")
        return text in _TRUE if text else otherwise


def read_section(read: Read) -> Node | None:
    """The repository that a section gives; None where it is not enabled, or not one that can be used."""
    if not read.flag("enabled", otherwise=True):
        return None
    read.id = read.text(read.section.line, read.section.name)
    _check_keys(read)
    source, facts = _source(read), _facts(read)
    found = {"id": Node(read.id, Place(read.path, line=read.section.line)), **source, **facts}
    keys = [file for file in map(_finder(read), _words(read, "gpgkey")) if file]
    if keys:
        found["gpgkey"] = read.node("gpgkey", keys)
    found |= _proxy(read)
    return Node(found, Place(read.path, line=read.section.line)) if source else None


def _check_keys(read: Read) -> None:
    for key, value in read.section.values.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            read.fault(value.line, f"dnf knows no {key}", f"did you mean {near[0]}?" if near else "take it out")
    if read.value("type") and read.value("type") not in TYPES:
        read.fault(read.line("type"), f"a repository of type {read.value('type')!r}", "only rpm-md is read")
    if not read.flag("enablegroups", otherwise=True):
        read.fault(read.line("enablegroups"), "enablegroups=0 is not supported", "ask for packages, not for groups")
    for key, why in _STRICTER.items():
        if not read.flag(key, otherwise=True):
            read.notes.append(_note(read, key, f"{key}=0 is not followed", why))
    if read.flag("skip_if_unavailable", otherwise=False):
        why = "a lock without this repository would be another lock"
        read.notes.append(_note(read, "skip_if_unavailable", "skip_if_unavailable is not followed", why))


def _note(read: Read, key: str, what: str, why: str) -> InputError:
    return InputError(what, where=str(Place(read.path, line=read.line(key))), why=why)


def _source(read: Read) -> dict[str, Node]:
    key = next((key for key in SOURCES if read.value(key)), None)
    if key is None:
        read.fault(read.section.line, f"[{read.id}] gives none of {', '.join(SOURCES)}", "give one of them")
        return {}
    urls = _words(read, key) if key == "baseurl" else [read.value(key)]
    for url in urls:
        if read.stray(key, url):
            read.fault(read.line(key), f"a $ that begins no variable: {_without_login(url)[0]}", "correct the URL")
    bare = [_without_login(url)[0] for url in urls]
    return {key: read.node(key, bare if key == "baseurl" else bare[0])} | _auth(read, key, urls)


def _facts(read: Read) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key, ours in _LISTS.items():
        if key in read.section.values:
            before = found[ours].plain() if ours in found else []
            found[ours] = read.node(key, [*before, *_words(read, key)])
    for key in _NUMBERS:
        text = read.value(key)
        if text and not _NUMBER.fullmatch(text):
            read.fault(read.line(key), f"{key} is no number: {text!r}")
        elif text:
            found[key] = read.node(key, int(text))
    for key in _FLAGS:
        if key in read.section.values:
            found[key] = read.node(key, read.flag(key, otherwise=False))
    return found | _files(read)


def _files(read: Read) -> dict[str, Node]:
    """Certificates: of this machine where their paths are absolute, else beside the .repo file."""
    found = {}
    for key, ours in _FILES.items():
        text = read.value(key)
        path = read.path.parent / text
        if text and not path.exists():
            read.fault(read.line(key), f"there is no such file: {text}", "put it there, or correct the path")
        elif text:
            found[ours] = read.node(key, str(path))
    return found


def _words(read: Read, key: str) -> list[str]:
    return [word for word in _BETWEEN.split(read.value(key)) if word]


def _finder(read: Read) -> Callable[[str], str | None]:
    return lambda url: _key_file(read, url)


def _key_file(read: Read, url: str) -> str | None:
    """The file that stands here for a key's URL: of the same name, and where several repos' keys share it, by repo."""
    name = unquote(_path(url)).rpartition("/")[2]
    if not name or name in (".", ".."):
        read.fault(read.line("gpgkey"), f"a key without a file's name: {_without_login(url)[0]}", "correct the URL")
        return None
    tried = [
        folder / place
        for folder in read.folders
        for place in (Path("keys") / read.id / name, Path(name), Path("keys") / name)
    ]
    found = next((file for file in tried if file.is_file()), None)
    if found is None:
        shown_url = _without_login(url)[0]
        what = f"the key {name} is not here: keys are never fetched ({shown_url})"
        beside = Place(read.folders[0] / "keys" / name)
        todo = f"get it in a way that you trust, compare its fingerprint, and put it at {beside}"
        read.fault(read.line("gpgkey"), what, f"{todo}, or at keys/{read.id}/{name} where others have that name")
        return None
    return str(found.resolve())


def _auth(read: Read, key: str, urls: list[str]) -> dict[str, Node]:
    """Credentials in the manifest's way, by names of variables, with the secrets kept apart."""
    inside = {_without_login(url)[1] for url in urls}
    user, password = _login(read, "username", "password")
    if inside != {None}:
        if len(inside) > 1 or user:
            read.fault(read.line(key), f"{key} carries credentials, and others stand beside them", "keep one of them")
        user, password = next(login for login in inside if login)
    if not user:
        return {}
    basic = {"username_env": _kept(read, "USERNAME", user), "password_env": _kept(read, "PASSWORD", password)}
    return {"auth": read.node("username" if inside == {None} else key, {"basic": basic})}


def _proxy(read: Read) -> dict[str, Node]:
    url, inside = _without_login(read.secret("proxy"))
    user, password = inside or _login(read, "proxy_username", "proxy_password")
    if not url:
        if user:
            read.fault(read.line("proxy_username"), "proxy_username without proxy", "give proxy, or leave it out")
        return {}
    if url.lower() == "_none_":
        return {"proxy": read.node("proxy", "none")}
    if not user:
        return {"proxy": read.node("proxy", url)}
    names = {
        "username_env": _kept(read, "PROXY_USERNAME", user),
        "password_env": _kept(read, "PROXY_PASSWORD", password),
    }
    return {"proxy": read.node("proxy", {"url": url, **names})}


def _login(read: Read, name: str, password: str) -> tuple[str, str]:
    login = read.secret(name), read.secret(password)
    if bool(login[0]) != bool(login[1]):
        read.fault(read.line(name if login[0] else password), f"give both {name} and {password}, or none of them")
    return login if all(login) else ("", "")


def _kept(read: Read, kind: str, secret: str) -> str:
    """Keep a secret; the name of the variable that stands for it, which no environment has."""
    name = f"AIRLOCK_REPO_{re.sub('[^A-Za-z0-9]', '_', read.id)}_{kind}_{read.section.line}"
    read.secrets[name] = secret
    return name


def _without_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """A URL without credentials, and these."""
    try:
        parts = urlsplit(url)
    except ValueError:  # told where the URL is judged
        return url, None
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = login.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
