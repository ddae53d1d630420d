"""The base ISO of the stand-in: laid out as Rocky Linux 8.10's own minimal ISO, with a small installer of our own."""

from tests.standin.baseiso.image import LABEL, build

__all__ = ["LABEL", "build"]
