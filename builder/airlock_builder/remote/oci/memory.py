"""What is kept of registries' answers, as far as whoever asks them keeps any."""

from __future__ import annotations

from typing import Protocol

from airlock_builder.remote.oci.repository import Document


class Memory(Protocol):
    """Answers of registries; for any thread. ``name`` is ``host/repository``, ``resource`` what is below it."""

    def known(self, resource: str) -> Document | None:
        """What is the same whenever it is asked for, being named by its digest; None where it is not kept."""

    def keep(self, name: str, resource: str, answer: Document | None) -> None:
        """Keep an answer; None: the registry has no such thing."""

    def recall(self, name: str, resource: str, where: str) -> Document | None:
        """An answer as it was last; None where nothing is ever kept.

        Args:
            where: what is asked for, for errors.

        Raises:
            MissingError: the registry had none.
            UpstreamError: this was never asked for.
        """


class Forgetful:
    """Keeps nothing."""

    def known(self, resource: str) -> Document | None:
        """Nothing."""

    def keep(self, name: str, resource: str, answer: Document | None) -> None:
        """Keep nothing."""

    def recall(self, name: str, resource: str, where: str) -> Document | None:
        """Nothing."""
