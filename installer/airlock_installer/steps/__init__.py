"""The steps of an installation: declared as data, run as playbooks, each followed by its gate."""
