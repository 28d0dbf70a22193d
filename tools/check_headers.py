#!/usr/bin/env python3
"""tools/check_headers.py: every header compiles alone, and the C header as C99.

A header that some source includes before all else is compiled alone by the build, which takes all
sources of src/ and, in build/dev, no precompiled headers; the others are compiled here.

Usage: check_headers.py [ROOT] [--include DIR]...

`--include` adds folders with fmt and xxHash; LLVM's is found by `llvm-config-19`, and without it
the CPU plug-in's headers are left out, which the last line then says.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-Wno-unused-const-variable"]
CPU = "src/backend/cpu/"
PRELUDE = "src/backend/cpu/prelude/"  # for kernels, compiled by the plug-in


def compile_alone(header: str, folder: pathlib.Path, compiler: list[str]) -> str | None:
    """Returns the compiler's messages, or None when all is well."""
    done = subprocess.run(
        [*compiler, "-fsyntax-only", "-"],
        input=f'#include "{header}"\n',
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return None if done.returncode == 0 else f"{header} does not compile alone:\n{done.stderr}"


def llvm_flags() -> list[str] | None:
    config = shutil.which("llvm-config-19")
    if not config:
        return None
    folder = subprocess.run(
        [config, "--includedir"], check=True, capture_output=True, text=True
    ).stdout.strip()
    return ["-isystem", folder, "-D__STDC_CONSTANT_MACROS", "-D__STDC_LIMIT_MACROS", "-fno-rtti"]


def shown_by_sources(source_folder: pathlib.Path) -> set[str]:
    """Returns the headers that stand before all else in a source; not in a test, as not every
    build has those."""
    shown = set()
    for path in source_folder.rglob("*.cpp"):
        directive = re.search(r"^\s*#.*", path.read_text(), re.MULTILINE)
        header = directive and re.match(r'\s*#\s*include "([^"]+)"', directive[0])
        if header and not path.name.endswith("_test.cpp"):
            shown.add(header[1])
    return shown


def jobs(root: pathlib.Path, includes: list[str]) -> tuple[list[tuple], int]:
    """Lists (header, folder, compiler command), and counts what is left out."""
    cxx = os.environ.get("CXX", "c++").split()
    cc = os.environ.get("CC", "cc").split()
    flags = [*WARNINGS, "-I.", "-I../include", *(f"-isystem{folder}" for folder in includes)]
    core = [*cxx, "-std=c++20", "-x", "c++", *flags]
    llvm = llvm_flags()
    found, left_out = [], 0
    shown = shown_by_sources(root / "src")
    for path in sorted((root / "src").rglob("*.h")):
        name = path.relative_to(root).as_posix()
        if name.startswith(PRELUDE) or name.removeprefix("src/") in shown:
            continue
        if name.startswith(CPU) and llvm is None:
            left_out += 1
            continue
        command = core + llvm if name.startswith(CPU) else core
        found.append((name.removeprefix("src/"), root / "src", command))
    for path in sorted((root / "include").rglob("*.h*")):
        name = path.relative_to(root / "include").as_posix()
        if path.suffix == ".h":
            found.append(
                (
                    name,
                    root / "include",
                    [*cc, "-std=c99", "-x", "c", "-Wpedantic", *WARNINGS, "-I."],
                )
            )
        found.append(
            (
                name,
                root / "include",
                [*cxx, "-std=c++20", "-x", "c++", "-Wpedantic", *WARNINGS, "-I."],
            )
        )
    return found, left_out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent
    )
    parser.add_argument("--include", action="append", default=[])
    arguments = parser.parse_args()

    found, left_out = jobs(arguments.root.resolve(), arguments.include)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [fault for fault in pool.map(lambda job: compile_alone(*job), found) if fault]
    print(
        "\n".join(faults)
        or f"headers: ok ({len(found)} compiled alone; the others stand first in a source"
        + (f"; {left_out} left out: no LLVM 19" if left_out else "")
        + ")"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
