"""The commands: they parse, call the pipeline, print, and exit; nothing else does."""

try:
    from airlock_builder.cli.main import main
except KeyboardInterrupt:  # before there is anybody to say a word
    raise SystemExit(130) from None

__all__ = ["main"]
