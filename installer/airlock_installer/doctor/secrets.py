"""The site's passwords: there, readable, and for root alone. Their values are never among the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airlock_core.errors import AirlockError
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.vault import use
from airlock_installer.vault.secret import needed


@dataclass(frozen=True)
class SecretFacts:
    """The vault.

    Args:
        path: its file.
        lacking: names of passwords that the site needs and the vault does not have.
        unreadable: why it cannot be read, and what to do; empty where it can.
        open_files: files that others than root may read, with their modes.
    """

    path: str
    lacking: tuple[str, ...] = ()
    unreadable: tuple[str, str] = ("", "")
    open_files: tuple[tuple[str, int], ...] = ()


def look(ground: Ground) -> SecretFacts | None:
    """Open the vault, and look at its files' modes."""
    if ground.site is None:
        return None
    vault, layout = use.of(ground.layout, ground.folder), ground.layout
    modes = ((path, path.stat().st_mode & 0o777) for path in (vault.key, layout.push_password) if path.is_file())
    open_files = tuple((str(path), mode) for path, mode in modes if mode & 0o077)
    try:
        there = vault.read()
        wanted = needed(ground.folder, "", list(ground.site.variables.storage_backends))
    except AirlockError as fault:
        return SecretFacts(str(vault.path), (), (f"{fault.what} {fault.why}".strip(), fault.todo), open_files)
    lacking = tuple(secret.name for secret in wanted if secret.variable not in there)
    return SecretFacts(str(vault.path), lacking, open_files=open_files)


def unreadable(facts: SecretFacts) -> Iterator[Finding]:
    """A vault that cannot be opened."""
    why, todo = facts.unreadable
    if why:
        yield error("the site's passwords cannot be read", where=facts.path, why=why, todo=todo)


def lacking(facts: SecretFacts) -> Iterator[Finding]:
    """Passwords that steps will want."""
    if facts.lacking:
        what = f"passwords lack: {', '.join(facts.lacking)}"
        yield warning(what, where=facts.path, todo="airlock-site vault")


def open_to_others(facts: SecretFacts) -> Iterator[Finding]:
    """A key or password that others than root may read."""
    for path, mode in facts.open_files:
        yield error(f"it is open to others: mode {mode:o}", where=path, todo=f"chmod 600 {path}")


AREA = Area("vault", look, (unreadable, lacking, open_to_others))
