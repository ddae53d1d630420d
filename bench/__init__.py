"""Benchmarks beside peers: `make bench` prints one table, ours and the peer's in the same run, as ratios."""
