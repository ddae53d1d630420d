"""Reaching the nodes: by ssh as the steps do, and what a node answers of itself."""
