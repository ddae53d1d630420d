"""What Ansible finds as ``sshpass``: it takes the password in before the real one begins.

Ansible writes the password when it has started sshpass. Where ssh has a connection already, a short command may be over
by then, on a machine with much to do: the write fails (EPIPE), and now and then sshpass is not yet known to have ended.
ansible-core 2.16 takes that for a failure of the task, "[Errno 32] Broken pipe" (``_bare_run`` in its ssh.py).

It is run as a program of its own for each of Ansible's connections, so it imports no more than it must.
"""

import os
import sys


def _taken_in(descriptor: int) -> int:
    """Wait for a line on a pipe; a pipe that holds it."""
    line = b""
    while not line.endswith(b"\n") and (more := os.read(descriptor, 4096)):
        line += more
    read, write = os.pipe()
    os.write(write, line)
    os.close(write)
    os.set_inheritable(read, True)  # noqa: FBT003 (takes no name)
    return read


def _main(words: list[str]) -> None:
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    path = [each for each in os.environ.get("PATH", os.defpath).split(os.pathsep) if each != own]
    os.environ["PATH"] = os.pathsep.join(path)
    if words and words[0].startswith("-d"):
        words[0] = f"-d{_taken_in(int(words[0][2:]))}"
    try:
        os.execvp("sshpass", ["sshpass", *words])  # noqa: S606
    except FileNotFoundError:
        sys.exit("sshpass: not installed")


if __name__ == "__main__":
    _main(sys.argv[1:])
