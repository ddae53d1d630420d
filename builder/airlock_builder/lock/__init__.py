"""From names and versions to locks: all that is resolved, is resolved here, and nowhere after."""
