"""Image archives from disk: what ``docker save`` and ``skopeo copy … oci-archive:`` write, read as a stranger's."""
