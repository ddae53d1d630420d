"""A store looked after: what is in it, and what of that nothing needs any more."""

from airlock_builder.upkeep.collect import Collected, collect
from airlock_builder.upkeep.count import Count, Counted, count

__all__ = ["Collected", "Count", "Counted", "collect", "count"]
