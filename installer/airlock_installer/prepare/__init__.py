"""Preparing the deployer from the medium: Python environments, collections, playbook projects, names of the nodes."""
