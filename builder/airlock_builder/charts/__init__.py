"""Helm charts as values: versions and ranges, archives, what they depend on, who signed them, what images they use."""
