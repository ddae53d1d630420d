"""The commands: they parse, call the pipeline, print, and exit; nothing else does."""

from airlock_builder.cli.main import main

__all__ = ["main"]
