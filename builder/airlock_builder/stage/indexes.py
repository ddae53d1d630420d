"""What pip and ansible-galaxy read beside the files themselves: the package index over the wheels, and lists.

Source: PEP 503, "Simple Repository API"; file names of wheels: PEP 427; ansible-galaxy's requirements file.
``--find-links pypi/`` works without the index.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from airlock_builder.stage.written import Staging
from airlock_core import media, strict_yaml
from airlock_core.errors import InputError
from airlock_core.locks.files import SITE, LockedFile
from airlock_core.tree import MediaFile


def simple_index(wheels: Iterable[LockedFile], staging: Staging) -> Iterator[MediaFile]:
    """``pypi/simple/``: a page of all projects and one of each, linking to the wheels beside it."""
    projects: dict[str, list[LockedFile]] = defaultdict(list)
    for wheel in sorted(wheels):
        projects[project(wheel.filename)[0]].append(wheel)
    if not projects:
        return
    simple = media.PYPI / "simple"
    yield staging.add(simple / "index.html", _page("Simple index", {name: f"{name}/" for name in sorted(projects)}))
    for name in sorted(projects):
        links = {wheel.filename: _link(wheel) for wheel in projects[name]}
        yield staging.add(simple / name / "index.html", _page(f"Links for {name}", links))


def environment_lists(
    wheels: Iterable[LockedFile], pythons: Mapping[str, str], staging: Staging
) -> Iterator[MediaFile]:
    """``pypi/requirements/``: of each Python environment the wheels that it is made from, and of which Python.

    Args:
        pythons: version of Python by environment.
    """
    listed = sorted(wheels)
    for name in sorted({name for wheel in listed for name in wheel.environments}):
        text = requirements(wheel for wheel in listed if name in wheel.environments)
        python = f"{media.PYTHON_OF_REQUIREMENTS}{pythons[name]}\n" if name in pythons else ""
        yield staging.add(media.PYPI_REQUIREMENTS / f"{name}.txt", f"{python}{text}")


def collections_list(collections: Iterable[LockedFile], staging: Staging) -> Iterator[MediaFile]:
    """``collections/requirements.yml``; none where there is no collection."""
    names = sorted(one.filename for one in collections)
    if names:
        text = strict_yaml.dumps({"collections": [{"name": f"./{name}", "type": "file"} for name in names]})
        yield staging.add(media.COLLECTIONS_LIST, text)


def of_site(wheels: Iterable[LockedFile]) -> list[LockedFile]:
    """The wheels of the site's own environment; older locks do not say of which one a wheel is."""
    return [wheel for wheel in wheels if not wheel.environments or SITE in wheel.environments]


def requirements(wheels: Iterable[LockedFile]) -> str:
    """A requirements file that pins all wheels, for ``pip install --require-hashes --no-index``."""
    pins: dict[tuple[str, str], list[str]] = defaultdict(list)
    for wheel in sorted(wheels):
        pins[project(wheel.filename)].append(f"--hash={wheel.checksum}")
    return "".join(f"{name}=={version} {' '.join(pins[name, version])}\n" for name, version in sorted(pins))


def project(filename: str) -> tuple[str, str]:
    """Normalised name and version of a wheel.

    Raises:
        InputError: not the name of a wheel.
    """
    parts = filename.removesuffix(".whl").split("-")
    if not filename.endswith(".whl") or len(parts) not in (5, 6):
        raise InputError(f"not the name of a wheel: {filename!r}", where="files.lock")
    return re.sub(r"[-_.]+", "-", parts[0]).lower(), parts[1]


def _link(wheel: LockedFile) -> str:
    return f"../../{quote(wheel.filename)}#{wheel.checksum.algorithm}={wheel.checksum.hex}"


def _page(title: str, links: dict[str, str]) -> str:
    body = "".join(f'<a href="{html.escape(link)}">{html.escape(text)}</a><br>\n' for text, link in links.items())
    head = f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>\n'
    return f"{head}<body>\n{body}</body></html>\n"
