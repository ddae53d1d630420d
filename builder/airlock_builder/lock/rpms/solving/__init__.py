"""From requests to packages: all packages in one pool, what may be chosen of it, and the solver."""
