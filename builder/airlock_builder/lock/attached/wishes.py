"""What a manifest wants of artifacts beside images: which kinds are carried, and which images must be signed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from airlock_builder.cosign import SigningKey
from airlock_builder.manifest.model import Manifest, Waiver
from airlock_core.attached import ATTESTATION, SBOM, SIGNATURE, TAGS, Artifact
from airlock_core.locks import LockedImage

ALL = "all"
SIGNATURES = "signatures"
_NAMES = {SIGNATURES: SIGNATURE, "attestations": ATTESTATION, "sboms": SBOM}


@dataclass(frozen=True)
class Rule:
    """Images that must be signed.

    Args:
        place: in the manifest.
        image: a glob over references.
        keys: a good signature by one of these; none: any signature will do.
    """

    place: str
    image: str
    keys: tuple[SigningKey, ...]


@dataclass(frozen=True)
class Wishes:
    """What must be signed, by the release and all its options."""

    rules: tuple[Rule, ...] = ()
    excuses: tuple[Waiver, ...] = ()

    @classmethod
    def of(cls, manifest: Manifest) -> Wishes:
        """Read the keys that a manifest names.

        Raises:
            InputError: a file holds no key.
        """
        rules: list[Rule] = []
        excuses: list[Waiver] = []
        known: dict[Path, SigningKey] = {}
        for option, content in manifest.contents():
            head = f"options.{option}." if option else ""
            excuses += content.images.unsigned
            for index, one in enumerate(content.images.signed):
                keys = tuple(known.setdefault(key, SigningKey.read(key)) for key in one.keys)
                rules.append(Rule(f"{head}images.signed[{index}]", one.image, keys))
        return cls(tuple(rules), tuple(excuses))

    def rules_for(self, image: LockedImage) -> list[Rule]:
        """The rules that an image must keep."""
        return [rule for rule in self.rules if fits(rule.image, image)]

    def excuse(self, image: LockedImage) -> str:
        """Why an image may be without a signature; empty where it may not."""
        return next((one.reason for one in self.excuses if fits(one.image, image)), "")


def fits(glob: str, image: LockedImage) -> bool:
    """Whether a glob means an image: as ``host/repository``, with its tag, or with its digest."""
    names = [image.ref.name, str(image.ref), *([f"{image.ref.name}:{image.tag}"] if image.tag else [])]
    return any(fnmatchcase(name, glob) for name in names)


def tag_kinds(kinds: Collection[str]) -> list[str]:
    """The kinds of which cosign's tags are asked for."""
    return [kind for kind in TAGS if wants(kinds, kind)]


def only_type(kinds: Collection[str]) -> str:
    """The artifact type that alone is wanted; empty where others are, too."""
    (first, *others) = kinds
    return first if not others and "/" in first else ""


def wants(kinds: Iterable[str], kind: str, artifact_type: str = "") -> bool:
    """Whether an artifact of some kind and type is wanted."""
    return any(name == ALL or _NAMES.get(name, name) in (kind, artifact_type) for name in kinds)


def wants_artifact(kinds: Iterable[str], one: Artifact) -> bool:
    """Whether an artifact is wanted, by all that its manifest says."""
    return wants(kinds, one.kind, one.artifact_type)
