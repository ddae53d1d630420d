"""From locks and store to the medium's files: sources point into the store, generated files into a staging folder."""

from airlock_builder.stage.stager import stage

__all__ = ["stage"]
