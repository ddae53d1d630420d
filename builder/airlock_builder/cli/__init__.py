"""The commands: they parse, call the pipeline, print, and exit; nothing else does."""

import gc

# a command makes many values that stay and hardly a cycle: looking for these all the time takes a tenth of its own
gc.set_threshold(100_000)

try:
    from airlock_builder.cli.main import main
except KeyboardInterrupt:  # before there is anybody to say a word
    raise SystemExit(130) from None

__all__ = ["main"]
