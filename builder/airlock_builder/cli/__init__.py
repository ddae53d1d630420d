"""The commands: they parse, call the pipeline, print, and exit; nothing else does."""
