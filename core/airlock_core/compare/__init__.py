"""What differs between two sets of locks: content first, then where it comes from and who signed it."""

from airlock_core.compare.differences import compare
from airlock_core.compare.model import Difference, Kind, content_differs, counts

__all__ = ["Difference", "Kind", "compare", "content_differs", "counts"]
