"""The stand-in upstream, Pebble: what a Rocky mirror and a registry would serve, made on this machine."""
