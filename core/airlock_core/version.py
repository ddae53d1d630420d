"""The version of airlock itself, written once."""

VERSION = "0.1.0"
