"""A registry as it is reached in one way: its connections, and what the user has to show it."""

from __future__ import annotations

import os
import threading

from airlock_builder.remote.credentials import Login, login_for
from airlock_builder.remote.failures import Transient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.oci.helpers import login_by_helper
from airlock_builder.remote.oci.places import Spot
from airlock_builder.remote.refusals import PLAIN
from airlock_builder.remote.traffic import Traffic
from airlock_builder.remote.transport import Transport
from airlock_core.errors import UpstreamError

ATTEMPTS, PAUSE = 4, 0.5
_ANY = tuple(range(200, 600))


class Ground:
    """One registry.

    Args:
        spot: any repository of it.
        traffic: what this run's connections share.
        offline: refuse every request.
        pause: seconds before the second attempt.
    """

    def __init__(self, spot: Spot, traffic: Traffic, *, offline: bool = False, pause: float = PAUSE) -> None:
        self.pause = pause
        self.transport = Transport(Mirrors(), traffic, offline=offline, attempts=ATTEMPTS, pause=pause)
        place = spot.place
        context = None if place.plain else spot.trust.context(place.address, insecure=place.insecure)
        self.transport.trust(context, checked=not place.insecure)
        self._helping = threading.Lock()
        self._helped: dict[str, Login | None] = {}

    def close(self) -> None:
        """Close all connections."""
        self.transport.close()

    def login(self, spot: Spot) -> Login | None:
        """What the user has for a repository: in files, else with a helper, which is asked once.

        Raises:
            InputError: a file is none of credentials, or a helper fails.
        """
        found = login_for(f"{spot.place.address}/{spot.repository}")
        if found:
            return found
        with self._helping:
            if spot.host not in self._helped:
                self._helped[spot.host] = login_by_helper(spot.host, os.environ)
            return self._helped[spot.host]

    def is_plain(self, host: str) -> bool:
        """Whether a registry that may do without TLS does: it answers without, or nowhere else."""
        try:
            with self.transport.request("GET", f"https://{host}/v2/", accept=_ANY):
                return False
        except UpstreamError as error:
            return error.why.startswith(PLAIN)
        except Transient:
            return self._answers(f"http://{host}/v2/")

    def _answers(self, url: str) -> bool:
        try:
            with self.transport.request("GET", url, accept=_ANY):
                return True
        except (UpstreamError, Transient):
            return False
