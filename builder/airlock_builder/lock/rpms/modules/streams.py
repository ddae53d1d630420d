"""Which module streams are active, and what that hides: as libdnf's module container has it.

Source: libdnf 0.69, ``ModulePackageContainer::resolveActiveModulePackages`` and ``moduleSolve``. What the manifest or a
request enables must hold; default streams hold where nothing stands against them; what an active stream requires is
active too. Of a stream one context is chosen, and all its versions are active, so that older builds can be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import cached_property

from airlock_builder.lock.rpms.modules import spec as modulespec
from airlock_builder.lock.rpms.modules.index import ModuleIndex
from airlock_builder.lock.rpms.modules.modulemd import Stream
from airlock_builder.lock.rpms.modules.solver import Enabled, contexts, solve
from airlock_builder.lock.rpms.nearest import nearest
from airlock_core.errors import AirlockError, InputError, raise_all
from airlock_core.values import Value

_SOURCES = (".src", ".nosrc")


class Wish(Value):
    """A word on a module in the manifest or in a request.

    Args:
        text: ``name``, ``name:stream`` and what else a module's spec may say.
        where: who says it, for errors.
    """

    text: str
    where: str


class Wishes(Value):
    """What is wanted of modules.

    Args:
        enable: to be on, from the manifest.
        asked: to be on because a request installs from it; what means no module is passed over.
        disable: modules of which no stream may be on, whatever stream is named.
        obsoletes: the time at which words on the end of streams count; None where they do not, as in dnf by default.
    """

    enable: tuple[Wish, ...] = ()
    asked: tuple[Wish, ...] = ()
    disable: tuple[Wish, ...] = ()
    obsoletes: datetime | None = None


class Active(Value):
    """The streams that are on, and all others that were looked at.

    Args:
        asleep: why default streams are not on although nobody chose another, by ``name:stream``.
        disabled: who disables modules, by module.
        contradiction: why there are no defaults at all.
    """

    streams: tuple[Stream, ...] = ()
    others: tuple[Stream, ...] = ()
    asleep: Mapping[str, str] = field(default_factory=dict)
    disabled: Mapping[str, str] = field(default_factory=dict)
    contradiction: str = ""

    def latest(self, among: Iterable[Stream]) -> Stream | None:
        """The newest active build among some streams."""
        on = set(self.streams)
        return max((stream for stream in among if stream in on), key=lambda one: one.version, default=None)

    def of(self, module: str) -> Stream | None:
        """The newest active build of a module."""
        return self.latest(stream for stream in self.streams if stream.name == module)

    def required(self, streams: Iterable[Stream]) -> set[Stream]:
        """The newest active builds of the modules that some active streams require, and these again."""
        found: set[Stream] = set()
        waiting = list(streams)
        while waiting:
            modules = {module for module, _ in waiting.pop().requires}
            new = {one for module in sorted(modules) if (one := self.of(module)) and one not in found}
            found |= new
            waiting += new
        return found

    def word_on(self, module: str) -> str:
        """What there is to say of a module's state."""
        on = self.of(module)
        if on:
            return f"{on.spec} is active"
        if module in self.disabled:
            return f"the module is disabled by {self.disabled[module]}"
        asleep = next(((spec, why) for spec, why in self.asleep.items() if spec.partition(":")[0] == module), None)
        if asleep:
            return f"its default stream {asleep[0]} cannot be active: {asleep[1]}"
        return self.contradiction or "none of its streams is enabled or the default"

    @cached_property
    def artifacts(self) -> Mapping[str, Stream]:
        """The newest active build that has each package, by ``name-epoch:version-release.arch``."""
        ordered = sorted(self.streams, key=lambda one: one.version)
        return {nevra: stream for stream in ordered for nevra in stream.artifacts}

    @cached_property
    def hidden(self) -> Mapping[str, Stream]:
        """Packages of streams that are not active and of no active one either, with one such stream."""
        found = {nevra: stream for stream in self.others for nevra in stream.artifacts}
        return {nevra: stream for nevra, stream in found.items() if nevra not in self.artifacts}

    @cached_property
    def names(self) -> Mapping[str, Stream]:
        """Names that active streams own, each with one such stream: packages of that name from elsewhere are hidden."""
        left = self._demodularized()
        return {
            name: stream
            for stream in self.streams
            for name in {nevra.rsplit("-", 2)[0] for nevra in stream.artifacts if not nevra.endswith(_SOURCES)}
            if name not in left.get((stream.spec, stream.arch), ())
        }

    def _demodularized(self) -> dict[tuple[str, str], set[str]]:
        """Names that have left their module, as the newest version of each context says (``getDemodularizedRpms``)."""
        named = list(zip(contexts(self.streams), self.streams, strict=True))
        newest: dict[tuple[str, str], int] = {}
        for name, stream in named:
            newest[name, stream.arch] = max(stream.version, newest.get((name, stream.arch), 0))
        found: dict[tuple[str, str], set[str]] = {}
        for name, stream in named:
            if stream.version == newest[name, stream.arch]:
                found.setdefault((stream.spec, stream.arch), set()).update(stream.demodularized)
        return found


def activate(index: ModuleIndex, wishes: Wishes, *, major: int, arch: str) -> Active:
    """Find the active streams.

    Args:
        index: all streams of all repositories.
        major: the platform's major release, which streams require as ``platform:el8``.
        arch: the platform's architecture.

    Raises:
        InputError, Faults: a stream to enable that does not exist, or streams that contradict each other.
    """
    off = _disabled(index, wishes)
    enabled = _enabled(index, wishes, off)
    defaults = {module: stream for module, stream in index.defaults.items() if module not in enabled | off}
    solved = solve(index.streams, enabled, defaults, disabled=off, major=major, arch=arch)
    names = contexts(index.streams)
    on = tuple(stream for stream, name in zip(index.streams, names, strict=True) if name in solved.active)
    others = tuple(stream for stream, name in zip(index.streams, names, strict=True) if name not in solved.active)
    return Active(on, others, solved.asleep, off, index.contradiction)


def _disabled(index: ModuleIndex, wishes: Wishes) -> dict[str, str]:
    """Who disables each module; a module that nobody has may be disabled too."""
    found = {wish.text.partition(":")[0]: wish.where for wish in wishes.disable}
    for wish in wishes.disable:
        meant = modulespec.find(wish.text, index.streams)
        found |= {stream.name: wish.where for stream in (meant[1] if meant else ())}
    return found


def _enabled(index: ModuleIndex, wishes: Wishes, off: Mapping[str, str]) -> dict[str, Enabled]:
    """The stream of each module that is enabled; requests come after the manifest, and the end of streams between."""
    found: dict[str, Enabled] = {}
    faults: list[AirlockError] = []
    for wish in wishes.enable:
        _enable(found, index, wish, faults)
    if wishes.obsoletes:
        _follow_obsoletes(found, index, wishes.obsoletes, off)
    for wish in wishes.asked:
        if modulespec.find(wish.text, index.streams):
            _enable(found, index, wish, faults)
    faults += [
        InputError(f"the module {name} is enabled and disabled", where=f"{one.where}, {off[name]}")
        for name, one in sorted(found.items())
        if name in off
    ]
    raise_all(f"{len(faults)} module streams cannot be enabled", faults)
    return found


def _enable(found: dict[str, Enabled], index: ModuleIndex, wish: Wish, faults: list[AirlockError]) -> None:
    meant = modulespec.find(wish.text, index.streams)
    if meant is None:
        faults.append(_unknown(wish, index.streams))
        return
    by_name: dict[str, set[str]] = {}
    for stream in meant[1]:
        by_name.setdefault(stream.name, set()).add(stream.stream)
    for name, streams in sorted(by_name.items()):
        known = found.get(name)
        chosen = known.stream if known else index.defaults.get(name, "")
        if len(streams) == 1:
            (chosen,) = streams
        elif chosen not in streams:
            faults.append(_ambiguous(wish, name, streams))
            continue
        if known and known.stream != chosen:
            faults.append(_torn(name, known, Enabled(chosen, wish.where)))
            continue
        found.setdefault(name, Enabled(chosen, wish.where))


def _follow_obsoletes(found: dict[str, Enabled], index: ModuleIndex, now: datetime, off: Mapping[str, str]) -> None:
    """Move enabled streams to those that take their place; where none does they are no longer enabled.

    Source: ``ModulePackageContainer::applyObsoletes``, which looks at each stream once, in order.
    """
    for stream in index.streams:
        known = found.get(stream.name)
        ended = index.successor(stream, now) if known and known.stream == stream.stream else None
        if known is None or ended is None or (ended.by and ended.by[0] in off):
            continue
        del found[stream.name]
        if ended.by:
            name, successor = ended.by
            found[name] = Enabled(successor, f"{known.where} (in place of {stream.spec}, which is obsolete)")


def _unknown(wish: Wish, streams: Sequence[Stream]) -> InputError:
    known = {stream.spec for stream in streams}
    module = wish.text.partition(":")[0]
    close = sorted(spec for spec in known if spec.partition(":")[0] == module) or nearest(wish.text, known)
    todo = f"there is {', '.join(close)}" if close else "no repository has module metadata that knows it"
    return InputError(f"there is no module stream {wish.text!r}", where=wish.where, todo=todo)


def _ambiguous(wish: Wish, name: str, streams: Iterable[str]) -> InputError:
    what = f"{wish.text!r} leaves open which stream of the module {name} is meant"
    todo = f"say one of {', '.join(f'{name}:{stream}' for stream in sorted(streams))}"
    return InputError(what, where=wish.where, why="none of its streams is enabled or the default", todo=todo)


def _torn(name: str, first: Enabled, second: Enabled) -> InputError:
    why = f"{first.where} enables {name}:{first.stream}, {second.where} enables {name}:{second.stream}"
    what = f"two streams of the module {name} cannot be active together"
    where = ", ".join(dict.fromkeys((first.where, second.where)))
    return InputError(what, where=where, why=why, todo="keep one of them")
