"""Which packages there are and what they need of one another: the shape of a distribution, drawn from a seed."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeVar

from tests.standin.run import EPOCH
from tests.standin.synthetic import chance
from tests.standin.synthetic.package import DIRECTORY, PROGRAM, SYMLINK, File, Package, Relation

T = TypeVar("T")

RELEASE = "1.el9"
MODULE_VERSION, MODULE_CONTEXT = 9040020240101000000, "5eba11ad"
FOUNDATION = 5
"""How many packages all others stand on; they are always there."""

_SUBPACKAGES = (("libs", 0.5), ("common", 0.3), ("devel", 0.35), ("doc", 0.15), ("plugins", 0.12), ("tests", 0.06))
_MODULAR = 0.02
_FILE_SHARE, _RICH_SHARE = 0.05, 0.004
_FILES = ("/bin/sh", "/usr/bin/sh", "/usr/bin/python3", "/usr/sbin/ldconfig")
_ENDINGS = {"devel": "h", "doc": "html", "plugins": "so", "tests": "t"}


@dataclass(frozen=True)
class _Library:
    """What others link with, by the names that it is required by: the plain one, then one for each version."""

    soname: str
    versions: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [f"{self.soname}({version})(64bit)" for version in ("", *self.versions)]


@dataclass
class _World:
    """What the packages made so far offer to the next ones."""

    roll: Random
    libraries: list[_Library] = field(default_factory=list)
    programs: list[Package] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)


def packages(count: int, seed: int) -> Iterator[Package]:
    """``count`` packages, at least :data:`FOUNDATION`; beside those each needs only what comes before it.

    A greater number begins with the same packages.
    """
    world = _World(Random(seed))
    endless = itertools.chain(
        _foundation(world), itertools.chain.from_iterable(_source(world) for _ in itertools.count())
    )
    return (_described(package, seed) for package in itertools.islice(endless, max(count, FOUNDATION)))


def _described(package: Package, seed: int) -> Package:
    """The package with the texts, which take no part in how it stands to others."""
    roll = Random(f"{seed} {package.name}")
    said = chance.sentence(roll)
    more = " ".join(f"It {chance.sentence(roll)}." for _ in range(round(roll.expovariate(0.25))))
    described = f"{package.name} {said}. Made for tests. {more}".rstrip()
    return replace(package, summary=said.capitalize(), description=described, changelog=chance.changelog(roll, EPOCH))


def _foundation(world: _World) -> list[Package]:
    glibc = _Library("libc.so.6", ("GLIBC_2.2.5", "GLIBC_2.14", "GLIBC_2.34"))
    world.libraries.append(glibc)
    libc = [Relation(name) for name in glibc.names]
    folders = ("/etc", "/usr", "/usr/bin", "/usr/include", "/usr/lib64", "/usr/sbin", "/usr/share", "/usr/share/doc")
    links = [File(f"/{name}", mode=SYMLINK, target=f"usr/{name}") for name in ("bin", "lib64", "sbin")]
    shell = [_program("/usr/bin/bash"), File("/usr/bin/sh", mode=SYMLINK, target="bash")]
    python = [_program("/usr/bin/python3.9"), File("/usr/bin/python3", mode=SYMLINK, target="python3.9")]
    made = [
        _base("filesystem", [*(File(path, mode=DIRECTORY) for path in folders), *links]),
        _base("glibc-common", [_program("/usr/sbin/ldconfig")], [Relation("glibc", "=", f"2.34-{RELEASE}")], "2.34"),
        _base(
            "glibc",
            [_program("/usr/lib64/libc.so.6")],
            [Relation("filesystem"), Relation("glibc-common")],
            "2.34",
            libc,
        ),
        _base("bash", shell, [libc[0], libc[-1]], provides=[Relation("/bin/sh"), Relation("/bin/bash")]),
        _base("python3", python, [libc[0], libc[-1]], provides=[Relation("python(abi)", "=", "3.9")]),
    ]
    world.taken.update(package.name for package in made)
    return made


def _base(
    name: str,
    files: Sequence[File],
    requires: Sequence[Relation] = (),
    version: str = "1.0",
    provides: Sequence[Relation] = (),
) -> Package:
    return Package(
        name, version, RELEASE, "x86_64", name, files=tuple(files), requires=tuple(requires), provides=tuple(provides)
    )


def _source(world: _World) -> Iterator[Package]:
    """The packages of one source, what is needed before what needs it."""
    roll = world.roll
    name, version = chance.word(roll, world.taken), chance.version(roll)
    kinds = [kind for kind, share in _SUBPACKAGES if roll.random() < share]
    arch = "x86_64" if "libs" in kinds or roll.random() < 0.6 else "noarch"
    plain = Package(name, version, RELEASE, arch, name, epoch=roll.choice((0,) * 12 + (1, 2)))
    if roll.random() < _MODULAR:
        plain = replace(plain, module=f"{name}:{version.rpartition('.')[0]}:{MODULE_VERSION}:{MODULE_CONTEXT}")
    below = [_SUBMAKERS[kind](plain, world) for kind in kinds if kind in _SUBMAKERS]
    main = replace(
        plain,
        files=(_program(f"/usr/bin/{name}"), *_tree(roll, f"/usr/share/doc/{name}", "md")),
        requires=(*_requirements(world), *(Relation(one.name, "=", one.evr) for one in below)),
        recommends=_recommends(world),
        obsoletes=(Relation(f"{name}-classic", "<", plain.evr),) if roll.random() < 0.05 else (),
        conflicts=(Relation(f"{name}-light"),) if roll.random() < 0.02 else (),
    )
    world.programs.append(main)
    return iter([*below, main, *(_sub(plain, kind, world) for kind in kinds if kind not in _SUBMAKERS)])


def _library(plain: Package, world: _World) -> Package:
    soname = f"lib{plain.name}.so.{world.roll.randint(0, 12)}"
    count = min(40, int(world.roll.expovariate(0.4)))
    library = _Library(soname, tuple(f"{plain.name.upper()}_1.{number}" for number in range(count)))
    requires = _requirements(world)
    world.libraries.append(library)
    link = File(f"/usr/lib64/{soname}", mode=SYMLINK, target=f"{soname}.0.1")
    return replace(
        plain,
        name=f"{plain.name}-libs",
        files=(link, _program(f"/usr/lib64/{soname}.0.1")),
        requires=requires,
        provides=tuple(Relation(name) for name in library.names),
    )


def _common(plain: Package, world: _World) -> Package:
    name = f"{plain.name}-common"
    files = _tree(world.roll, f"/usr/share/{plain.name}", "dat")
    return replace(
        plain, name=name, arch="noarch", files=files, provides=(Relation(f"config({name})", "=", plain.evr),)
    )


_SUBMAKERS = {"libs": _library, "common": _common}


def _sub(plain: Package, kind: str, world: _World) -> Package:
    own = (Relation(plain.name, "=", plain.evr),) if kind != "doc" else ()
    return replace(
        plain,
        name=f"{plain.name}-{kind}",
        arch="noarch" if kind == "doc" else plain.arch,
        files=_tree(world.roll, f"/usr/share/{plain.name}-{kind}", _ENDINGS[kind]),
        requires=own + (_requirements(world) if kind in ("plugins", "tests") else ()),
        provides=(Relation(f"pkgconfig({plain.name})", "=", plain.version),) if kind == "devel" else (),
    )


def _requirements(world: _World) -> tuple[Relation, ...]:
    """Mostly libraries, the earlier the likelier, with some of their versions; a few files, packages and conditions."""
    wanted = chance.drawn(world.roll, chance.REQUIREMENTS)
    found: dict[Relation, None] = {}
    for _ in range(wanted):
        for relation in _requirement(world):
            found.setdefault(relation)
        if len(found) >= wanted:
            break
    return tuple(found)


def _requirement(world: _World) -> list[Relation]:
    roll = world.roll
    at = roll.random()
    if at < _FILE_SHARE:
        return [Relation(roll.choice(_FILES))]
    if at < _FILE_SHARE + _RICH_SHARE and len(world.programs) > 1:
        one, other = roll.sample(world.programs, 2)
        return [Relation(f"({one.name} if {other.name})")]
    if at < 0.3 and world.programs:
        program = _popular(roll, world.programs)
        return [Relation(program.name, ">=", program.evr) if roll.random() < 0.3 else Relation(program.name)]
    library = _popular(roll, world.libraries)
    return [Relation(library.names[0]), *(Relation(name) for name in library.names[1:] if roll.random() < 0.5)]


def _popular(roll: Random, things: Sequence[T]) -> T:
    return things[int(len(things) * roll.random() ** 3)]


def _recommends(world: _World) -> tuple[Relation, ...]:
    if not world.programs or world.roll.random() > 0.07:
        return ()
    return (Relation(world.roll.choice(world.programs).name),)


def _program(path: str) -> File:
    return File(path, size=2000, mode=PROGRAM)


def _tree(roll: Random, folder: str, ending: str) -> tuple[File, ...]:
    """A folder of files, in folders of at most fifty."""
    count = chance.drawn(roll, chance.FILES)
    found = [File(folder, mode=DIRECTORY)]
    for number in range(count):
        if number % 50 == 0 and count > 50:
            found.append(File(f"{folder}/part{number // 50}", mode=DIRECTORY))
        inner = f"{folder}/part{number // 50}" if count > 50 else folder
        found.append(
            File(f"{inner}/{number:04}.{ending}", size=round(roll.lognormvariate(4.8, 1.0)), is_doc=ending == "md")
        )
    return tuple(found)
