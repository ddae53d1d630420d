"""Stage 2 of the base ISO: installs a system by a kickstart, as Anaconda would."""
