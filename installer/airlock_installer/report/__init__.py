"""The report of a site: what was installed, by whom, when, from what, and what its gates found."""
