"""Run one command and print what it took, as JSON on the last line: status, seconds, processor seconds, peak KiB, bytes
given to disks.

A process of its own and small: a child's peak begins with what its parent had in memory when it was spawned.
"""

import json
import os
import sys
import time


def main(words: list[str]) -> None:
    """Run the command, with its standard error where its standard output goes."""
    begin = time.monotonic()
    process = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 1, 2)])
    _, status, usage = os.wait4(process, 0)
    taken = {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - begin,
        "processor": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss,
        "written": usage.ru_oublock * 512,
    }
    print(f"\n{json.dumps(taken)}")


if __name__ == "__main__":
    main(sys.argv[1:])
