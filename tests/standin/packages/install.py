"""Install packages of the stand-in's repository into an empty root with the host's dnf, every check on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.standin.keys import PUBLIC_KEY
from tests.standin.packages.tree import MERGED
from tests.standin.run import run


def install(repo: Path, root: Path, *requests: str) -> None:
    """Install ``requests`` (names, @groups) from the repository in folder ``repo`` into ``root``; needs root's rights.

    Raises ToolFailed when dnf does not accept a signature or cannot resolve a request.
    """
    merge_links(root)
    with dnf(repo, root) as command:
        run(*command, "install", *requests)


@contextmanager
def dnf(repo: Path, root: Path) -> Iterator[list[str]]:
    """Give the dnf command that sees ``repo`` alone and works on ``root``, with a cache of its own.

    Packages and metadata are signature-checked, questions answered with yes. The agent that
    dnf's gpg leaves behind ends with the cache.
    """
    with TemporaryDirectory(prefix="pebble-dnf-", dir="/tmp") as folder:
        home = Path(folder)
        # Debian's rpm keeps its database in ~/.rpmdb, in an installroot too, where nothing would find it.
        (home / ".rpmmacros").write_text("%_dbpath /var/lib/rpm\n")
        try:
            yield _command(repo, root, home)
        finally:
            for pubring in home.glob("cache/*/pubring"):
                run("gpgconf", "--homedir", pubring, "--kill", "all")


def merge_links(root: Path) -> None:
    """Make the links of a merged /usr in ``root``: rpm would make real directories in their place."""
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        if not (root / name).is_symlink():
            (root / name).symlink_to(f"usr/{name}")


def _command(repo: Path, root: Path, home: Path) -> list[str]:
    options = {
        "reposdir": "/nonexistent",
        "cachedir": str(home / "cache"),
        "module_platform_id": "platform:el8",
        "install_weak_deps": "0",
        "pebble.gpgcheck": "1",
        "pebble.repo_gpgcheck": "1",
        "pebble.gpgkey": PUBLIC_KEY.as_uri(),
    }
    return [
        "env", f"HOME={home}", "dnf", "--quiet", "--assumeyes", f"--installroot={root}", "--releasever=8",
        f"--repofrompath=pebble,{repo.as_uri()}", *(f"--setopt={name}={value}" for name, value in options.items()),
    ]  # fmt: skip
