"""From Debian packages and trees to specs."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from tests.standin.packages import tree, wheels
from tests.standin.packages.base import OVERLAY, PYTHON, Base
from tests.standin.packages.debs import Deb, requirements
from tests.standin.packages.names import BARE_PROVIDES, EL_NAMES, words
from tests.standin.packages.programs import ALSO_REQUIRED, Program, program_of
from tests.standin.packages.repo import MODULE_VERSION
from tests.standin.packages.spec import Spec
from tests.standin.run import run

RELEASE = "8.10"
DEFAULT_STREAM = "1.22"
STREAMS = (DEFAULT_STREAM, "mainline")
CONTEXT = "9edba152"

# On EL the shadow files are root's alone, and what reads them for a user is set-uid instead of set-gid shadow.
_SETUID = dict.fromkeys(("/usr/sbin/unix_chkpwd", "/usr/bin/chage", "/usr/bin/expiry"), "4755,root,root")

# A machine gets its identity when it is installed, as systemd's own %post does on EL.
_BASE_POST = """
[ -s /etc/machine-id ] || systemd-machine-id-setup >/dev/null 2>&1 || :
[ -e /etc/resolv.conf ] || : > /etc/resolv.conf
"""


def unpack(program: Program, fetched: Mapping[str, Deb], target: Path) -> Path:
    """Unpack the packages of ``program`` into ``target`` and give it EL's layout."""
    target.mkdir()
    for name in program.debs:
        run("dpkg-deb", "--extract", str(fetched[name].file), target)
    tree.merge_usr(target)
    tree.drop(target, (*tree.FOREIGN, *program.dropped))
    tree.move(target, program.moved)
    tree.lay_over(OVERLAY / program.name, target)
    tree.make_directories(target, program.directories)
    tree.link(target, program.links)
    for wheel in sorted(target.glob("usr/share/python-wheels/pip-*.whl")):
        wheels.add_bytecode(wheel)
    return target


def requirements_of(program: Program, there: Mapping[str, Deb], in_base: Collection[str]) -> tuple[str, ...]:
    """Return the names of the RPMs that ``program`` needs besides pebble-base."""
    needed = {name for deb in program.debs for name in requirements(there[deb], there)} - set(in_base)
    names = {program_of(name).name for name in needed} - {program.name}
    return tuple(sorted(names.union(ALSO_REQUIRED.get(program.name, ()))))


def program_spec(program: Program, fetched: Mapping[str, Deb], at: Path, requires: tuple[str, ...]) -> Spec:
    """Return the spec of ``program``, whose files lie ``at``."""
    main = fetched[program.debs[0]]
    return Spec(
        name=program.name,
        version=main.upstream,
        release=f"{main.revision}.el8",
        arch=_arch(program, fetched),
        summary=main.summary,
        files=tree.file_list(at, tree.Names(), program.attributes),
        requires=("pebble-base", *requires),
        requires_pre=("pebble-base",) if program.users or program.units else (),
        provides=tuple(f"{name} = {main.upstream}" for name in program.provides),
        users=program.users,
        units=program.units,
    )


def stream_specs(
    program: Program, fetched: Mapping[str, Deb], at: Path, requires: tuple[str, ...]
) -> Iterator[tuple[Spec, Path]]:
    """Yield a spec and a tree of ``program`` for each stream of the module of its name."""
    plain = program_spec(program, fetched, at, requires)
    for number, stream in enumerate(STREAMS, 1):
        release = plain.release.replace(".el8", f".module+el8.10.0+{number}+{CONTEXT}")
        copy = at.with_name(f"{at.name}-{stream}")
        shutil.copytree(at, copy, symlinks=True)
        values = {**vars(plain), "release": release, "module": f"{program.name}:{stream}:{MODULE_VERSION}:{CONTEXT}"}
        yield Spec(**values), copy


def base_spec(base: Base) -> tuple[Spec, Path]:
    """Return the spec and tree of pebble-base, which provides the EL names of what it holds."""
    spec = Spec(
        name="pebble-base",
        version=RELEASE,
        release="1.el8",
        summary="Base system of Pebble, the stand-in for Rocky Linux 8",
        files=tree.file_list(base.root, base.names, _SETUID),
        requires=("pebble-setup", "python3.11", "python3.11-libs"),
        requires_pre=("pebble-setup",),
        provides=(*_el_names(base), *BARE_PROVIDES),
        post=_BASE_POST,
    )
    return spec, base.root


def setup_spec(base: Base) -> tuple[Spec, Path]:
    """Return the spec and tree of pebble-setup: users, groups and the merged /usr, before all else."""
    secret = {"/etc/shadow": "0000,root,root", "/etc/gshadow": "0000,root,root"}
    spec = Spec(
        name="pebble-setup",
        version=RELEASE,
        release="1.el8",
        summary="Users, groups and directories of Pebble",
        files=tree.file_list(base.setup, base.names, secret, owned=tree.SHARED),
        provides=(f"setup = {RELEASE}", f"filesystem = {RELEASE}", f"basesystem = {RELEASE}"),
    )
    return spec, base.setup


def python_specs(base: Base) -> list[tuple[Spec, Path]]:
    """Return the specs and trees of the interpreter's RPMs."""
    main = base.packages["python3.11"]
    needs = {
        "python3.11": ("python3.11-libs", "python3.11-pip-wheel", "python3.11-setuptools-wheel"),
        "python3.11-libs": ("glibc",),
    }
    provides = {"python3.11": ("python(abi) = 3.11", f"python311 = {main.upstream}"), "python3.11-libs": ()}
    return [
        (
            Spec(
                name=name,
                version=main.upstream,
                release=f"{main.revision}.el8",
                summary="Version 3.11 of the Python interpreter",
                files=tree.file_list(base.python[name], base.names, {}),
                requires=needs[name],
                provides=provides[name],
            ),
            base.python[name],
        )
        for name in PYTHON
    ]


def kernel_spec(image: Deb, at: Path) -> tuple[Spec, Path]:
    """Return the spec and tree of kernel-core."""
    names = ("kernel", "kernel-modules", "kernel-modules-core")
    spec = Spec(
        name="kernel-core",
        version=image.upstream,
        release=f"{image.revision}.el8",
        summary="The Linux kernel with the modules for virtual machines and an initramfs",
        files=tree.file_list(at, tree.Names(), {}),
        provides=tuple(f"{name} = {image.upstream}-{image.revision}.el8" for name in names),
        requires=("pebble-setup",),
    )
    return spec, at


def _el_names(base: Base) -> Iterator[str]:
    for deb, names in EL_NAMES.items():
        yield from (f"{name} = {base.packages[deb].upstream}" for name in words(names))


def _arch(program: Program, fetched: Mapping[str, Deb]) -> str:
    return "noarch" if all(fetched[name].architecture == "all" for name in program.debs) else "x86_64"
