"""A cache of costly test material: one folder for each artifact and each set of its inputs."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

KEY_LENGTH = 16


def artifact(name: str, key: str, build: Callable[[Path], None]) -> Path:
    """Return the folder of artifact ``name`` made from the inputs that ``key`` stands for.

    ``build`` is called with an empty folder and fills it; it runs only when no such artifact is there. The
    folder takes its final name when ``build`` has returned, so nothing partial is ever seen, and a lock lets
    one process build while others wait for the result.
    """
    final = root() / name / key
    if final.is_dir():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with _locked(final.parent / f".{key}.lock"):
        if not final.is_dir():
            _build_into(final, build)
    return final


def key_of(*parts: str | bytes | Path) -> str:
    """Return a short key of ``parts``: text and bytes as they are, a file or folder by names and content."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(_digest(part))
    return whole.hexdigest()[:KEY_LENGTH]


def root() -> Path:
    """Return the folder of all artifacts: $AIRLOCK_CACHE, else airlock-standin in the user's cache folder."""
    chosen = os.environ.get("AIRLOCK_CACHE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "airlock-standin"


def _build_into(final: Path, build: Callable[[Path], None]) -> None:
    partial = final.with_name(f".{final.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a run that was killed
    partial.mkdir()
    try:
        build(partial)
        partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(part: str | bytes | Path) -> bytes:
    if isinstance(part, Path):
        return _digest_of_path(part)
    data = part.encode() if isinstance(part, str) else part
    return hashlib.sha256(data).digest()


def _digest_of_path(path: Path) -> bytes:
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).digest()
    whole = hashlib.sha256()
    for file in sorted(f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts):
        whole.update(_digest(str(file.relative_to(path))))
        whole.update(_digest_of_path(file))
    return whole.digest()
