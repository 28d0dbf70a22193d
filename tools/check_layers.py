#!/usr/bin/env python3
"""tools/check_layers.py: who may include whom, and the form of every source file.

Usage: check_layers.py [ROOT]        (default: the repository)

Fails, with file and line, when a file
  - includes a layer that its own layer may not see (MAY_SEE below),
  - includes LLVM or Clang outside the CPU plug-in,
  - asks the environment (getenv) anywhere but in base/options.cpp,
  - does not start with a line `// path: purpose`; x.cpp and x_test.cpp may start with the include
    of x.h instead, whose first line says it,
  - is longer than MAX_LINES (tests: MAX_TEST_LINES).
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator

MAX_LINES = 450
MAX_TEST_LINES = 800

# A layer sees itself and those named; nothing else of src/.
MAY_SEE = {
    "base": set(),
    "backend": {"base"},
    "graph": {"base"},
    "memory": {"base", "backend"},
    "kernel": {"base", "backend"},
    "sched": {"base", "graph", "memory", "backend"},
    "runtime": {"base", "graph", "memory", "backend", "kernel", "sched"},
    "grcuda": {"base", "runtime"},
    "capi": {"base", "runtime", "grcuda"},
}

# Folders that only their own files see, and the files that join them to the rest. The virtual
# machine is not among them: tests and benchmarks of every layer that sees backend/ drive it.
PRIVATE = {
    "backend/cpu": set(),
    "backend/cuda": {"backend/backend_table.cpp"},
}
# What may include LLVM and Clang: the CPU plug-in, and the header that is precompiled for it.
SEE_LLVM = ("src/backend/cpu/", "cmake/precompiled/llvm.h")

# Besides their own folder these see only what stands directly in backend/.
BACKENDS = ("backend/cpu", "backend/cuda", "backend/virtual")

# The public headers are seen by those who stand on them; inside, by the C functions alone.
PUBLIC_HEADERS_SEEN_BY = {"capi"}

# These stand on the public headers as a stranger does.
OUTSIDE = ("examples", "bindings")

# Text that is not ours to compile: CUDA C++ headers for kernels.
PRELUDE = "src/backend/cpu/prelude/"

CODE_FOLDERS = ("src", "include", "tests", "benchmarks", "examples", "bindings", "tools", "cmake")
C_FAMILY = {".h", ".hpp", ".c", ".cpp"}
WITH_PURPOSE = C_FAMILY | {".py", ".cmake"}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def is_test(path: str) -> bool:
    return path.endswith("_test.cpp") or path.startswith("tests/") or "/tests/" in path


def source_files(root: pathlib.Path) -> Iterator[tuple[str, list[str]]]:
    """Yields each code file's path relative to the root, and its lines."""
    for folder in CODE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in WITH_PURPOSE and path.is_file():
                yield path.relative_to(root).as_posix(), path.read_text().splitlines()


def include_fault(path: str, bracket: str, included: str) -> str | None:
    """Says why the file at `path` may not include `included`, or None if it may."""
    first = included.split("/")[0]
    if first in ("llvm", "clang", "lld") and not path.startswith(SEE_LLVM):
        return f"only src/backend/cpu/ may include {first}/"
    if path.startswith(("include/", *(f"{folder}/" for folder in OUTSIDE))):
        if first in MAY_SEE and "/" in included:
            return f"{path.split('/')[0]}/ may include sennit's public headers only"
        return None
    if not path.startswith("src/") or bracket == "<":
        return None

    own = path.removeprefix("src/")
    layer = own.split("/")[0]
    if first == "sennit":
        if layer in PUBLIC_HEADERS_SEEN_BY:
            return None
        return f"{layer}/ may not include the public headers"
    if first == "doubles":
        return None if is_test(path) else "only tests may include doubles/"
    if first not in MAY_SEE:
        if first in ("llvm", "clang", "lld", "generated"):
            return None
        return f'write the path from src/, as in "{layer}/{included}"'
    if first != layer and first not in MAY_SEE[layer]:
        return f"{layer}/ may not include {first}/"

    for private, joiners in PRIVATE.items():
        inside = own.startswith(private + "/")
        if included.startswith(private + "/") and not inside and own not in joiners:
            return f"{private}/ is seen by its own files only"
    for backend in BACKENDS:
        elsewhere = included.startswith(BACKENDS) and not included.startswith(backend + "/")
        if own.startswith(backend + "/") and elsewhere:
            return f"{backend}/ may not include another backend"
    return None


def purpose_fault(path: str, lines: list[str]) -> str | None:
    """Says what is wrong with the first line, or None."""
    first = next((line for line in lines if not line.startswith("#!")), "")
    said = re.match(r'(?:// |/\* |# |""")([\w./-]+): ', first)
    if said and f"/{path}".endswith(f"/{said[1]}"):
        return None
    header = re.sub(r"(_test)?\.cpp$", ".h", path)
    included = re.fullmatch(r'#include "([\w./-]+)"', first)
    if path.endswith(".cpp") and included and f"/{header}".endswith(f"/{included[1]}"):
        return None
    return f"the first line must be `// {path.removeprefix('src/')}: purpose`"


def file_faults(path: str, lines: list[str]) -> Iterator[str]:
    most = MAX_TEST_LINES if is_test(path) else MAX_LINES
    if len(lines) > most and not path.startswith(PRELUDE):
        yield f"{path}: {len(lines)} lines; the most is {most}: split it by subject"
    fault = purpose_fault(path, lines)
    if fault:
        yield f"{path}:1: {fault}"
    if pathlib.PurePath(path).suffix not in C_FAMILY or path.startswith(PRELUDE):
        return
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        fault = include_fault(path, found[1], found[2]) if found else None
        if fault:
            yield f"{path}:{number}: {fault}"
        asks = re.search(r"\b(secure_)?getenv\s*\(", line.split("//")[0])
        if asks and path.startswith("src/") and not path.startswith("src/base/options"):
            yield f"{path}:{number}: getenv; ask base/options.h, which lists every option"


def faults(root: pathlib.Path) -> list[str]:
    return [fault for path, lines in source_files(root) for fault in file_faults(path, lines)]


def main() -> int:
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    found = faults(root)
    print("\n".join(found) or "layers: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
