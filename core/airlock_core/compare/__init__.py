"""What differs between two sets of locks: content first, then where it comes from and who signed it."""

from airlock_core.compare.differences import compare
from airlock_core.compare.model import Cause, Difference, Kind, Reason, content_differs, counts

__all__ = ["Cause", "Difference", "Kind", "Reason", "compare", "content_differs", "counts"]
