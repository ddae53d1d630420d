"""What stops an installation."""


class InstallError(Exception):
    """The installation cannot go on; the text says what is wrong and where."""
