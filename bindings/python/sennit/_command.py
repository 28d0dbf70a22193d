"""sennit/_command.py: the command `sennit`."""

from __future__ import annotations

import os
import runpy
import sys

USAGE = """\
usage: sennit run SCRIPT [ARGUMENT...] [--grcuda.OPTION[=VALUE]...]

Runs a GrCUDA program in Python as it is: `import polyglot` and `from java.lang import System` find
what GraalPython has. Arguments that begin with --grcuda. are GrCUDA's options, wherever they
stand; those of GraalVM itself (--polyglot, --jvm, --native, --vm.*, --experimental-options,
--log.*) are dropped; the rest is the program's. sennit's own options are those of the environment:
SENNIT_DEVICE=cpu sennit run SCRIPT
"""

_PREFIX = "--grcuda."
_GRAAL = ("--polyglot", "--jvm", "--native", "--vm.", "--experimental-options", "--log.")


def split_arguments(arguments: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """GrCUDA's options, as names and values, and what is the program's own.

    An option without a value is true: so does the 2021 version have it.
    """
    options, rest = [], []
    for argument in arguments:
        if argument.startswith(_PREFIX):
            name, has_value, value = argument[2:].partition("=")
            options.append((name, value if has_value else "true"))
        elif not argument.startswith(_GRAAL):
            rest.append(argument)
    return options, rest


def run(arguments: list[str]) -> None:
    options, rest = split_arguments(arguments)
    if not rest:
        raise SystemExit(USAGE)
    script = rest[0]
    if not os.path.exists(script):
        raise SystemExit(f"sennit run: there is no file '{script}'")

    from . import InvalidArgumentError, _java, polyglot

    try:
        polyglot.start(options=options)
    except InvalidArgumentError as error:  # an option that is none, with those that are
        raise SystemExit(f"sennit run: {error}") from None
    sys.modules["polyglot"] = polyglot
    _java.install()
    sys.argv = rest
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        polyglot._program = None  # its end is what --grcuda.ExportDAG waits for


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] in ([], ["help"], ["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    if given[0] != "run":
        print(f"sennit: no command is called '{given[0]}'; known: run\n\n{USAGE}", file=sys.stderr)
        return 2
    run(given[1:])
    return 0
