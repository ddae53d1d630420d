"""What people write about a site, as types: ``vars.yml`` and the backends' files in ``group_vars/all``."""
