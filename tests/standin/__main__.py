"""``python -m tests.standin build | serve | stop | env``: the stand-in upstream from the command line."""

import argparse
import sys
from pathlib import Path

from tests.standin.upstream import background, prepare
from tests.standin.upstream.upstream import Upstream


def main() -> int:
    """Run the command that the arguments name and return its exit status."""
    arguments = _parser().parse_args()
    try:
        return int(arguments.run(arguments))
    except background.NotRunning as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1


def _build(arguments: argparse.Namespace) -> int:
    return 0 if prepare.build(big=not arguments.small) else 1


def _serve(arguments: argparse.Namespace) -> int:
    big = not arguments.small
    if arguments.background:
        background.start(arguments.state, big=big)
        return _env(arguments)
    background.end_in_order()
    with Upstream.start(arguments.state, big=big) as up, background.announced(arguments.state, up.mirror_args):
        print(*up.mirror_args, flush=True)
        return background.wait_for_end()


def _stop(arguments: argparse.Namespace) -> int:
    background.stop(arguments.state)
    return 0


def _env(arguments: argparse.Namespace) -> int:
    print(background.mirror_args(arguments.state))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="make all that is costly, into the cache")
    serve = commands.add_parser("serve", help="run the file server and the registry until a signal comes")
    stop = commands.add_parser("stop", help="end what serve --background started")
    env = commands.add_parser("env", help="print the --mirror options for what runs")
    for command in (build, serve):
        command.add_argument("--small", action="store_true", help="without the big repository and the base ISO")
    for command in (serve, stop, env):
        command.add_argument("--state", type=Path, required=True, metavar="DIR", help="folder of the running servers")
    serve.add_argument("--background", action="store_true", help="return when the servers answer")
    for command, run in ((build, _build), (serve, _serve), (stop, _stop), (env, _env)):
        command.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
