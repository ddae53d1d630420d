"""The stand-in upstream: a file server with faults and a real registry, as ``with Upstream.start(folder) as up``."""

from tests.standin.upstream.upstream import Upstream

__all__ = ["Upstream"]
