#!/usr/bin/env python3
"""tools/check_layouts.py: the public structs and constants are what the golden list says.

Usage: check_layouts.py [--write]

Compiles a C99 program that prints the size of each struct of include/sennit/*.h, the offset and
size of each of its fields, and the value of each constant, and compares with
src/capi/layouts.txt. `--write` makes the list what the headers say; a change of it, but for what is
added at the end of a struct with a `struct_size`, breaks programs that are compiled.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "src/capi/layouts.txt"


def fields_of(body: str) -> list[str]:
    """The fields between a struct's braces, by name; those of a nested union as "outer.inner"."""
    fields = []
    while nested := re.search(r"(?:union|struct)\s*\{([^{}]*)\}\s*(\w+)\s*;", body):
        fields += [f"{nested[2]}.{inner}" for inner in fields_of(nested[1])]
        body = body[: nested.start()] + f"int {nested[2]};" + body[nested.end() :]
    for declaration in body.split(";"):
        if function := re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", declaration):
            fields.append(function[1])
        elif declaration.strip():
            for one in declaration.split(","):
                fields.append(re.search(r"(\w+)\s*(?:\[[^\]]*\])?\s*$", one)[1])
    return fields


def declared(header: str) -> tuple[dict[str, list[str]], list[str]]:
    """Returns the structs of a header with their fields, and the names of its constants."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    structs, constants = {}, []
    for found in re.finditer(r"\bstruct\s+(snt_\w+)\s*\{", text):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        structs[found[1]] = fields_of(text[found.end() : end - 1])
    for found in re.finditer(r"\benum\s*\w*\s*\{([^}]*)\}", text):
        constants += re.findall(r"\b(SNT_\w+)", found[1])
    return structs, constants


def program(headers: list[pathlib.Path]) -> str:
    lines = ["#include <stddef.h>", "#include <stdio.h>"]
    lines += [f"#include <sennit/{header.name}>" for header in headers]
    lines.append("int main(void) {")
    for header in headers:
        structs, constants = declared(header.read_text())
        for name, fields in sorted(structs.items()):
            lines.append(f'  printf("{name} %zu\\n", sizeof(struct {name}));')
            lines += [
                f'  printf("{name}.{field} %zu %zu\\n", offsetof(struct {name}, {field}), '
                f"sizeof(((struct {name}*)0)->{field}));"
                for field in fields
            ]
        lines += [f'  printf("{name} %lld\\n", (long long){name});' for name in constants]
    return "\n".join([*lines, "  return 0;", "}", ""])


def layouts(include: pathlib.Path) -> list[str]:
    """One line each: "struct size", "struct.field offset size", "CONSTANT value"."""
    with tempfile.TemporaryDirectory() as folder:
        source, binary = pathlib.Path(folder, "layouts.c"), pathlib.Path(folder, "layouts")
        source.write_text(program(sorted((include / "sennit").glob("*.h"))))
        subprocess.run(
            [*os.environ.get("CC", "cc").split(), "-std=c99", "-I", include, source, "-o", binary],
            check=True,
        )
        return subprocess.run([binary], check=True, capture_output=True, text=True).stdout.split(
            "\n"
        )[:-1]


def differences(found: list[str], golden: list[str]) -> list[str]:
    faults = [f"{line}: is gone, or another now" for line in golden if line not in found]
    faults += [f"{line}: is not listed" for line in found if line not in golden]
    if faults:
        faults.append("if that is meant to be, run tools/check_layouts.py --write")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="record what the headers say")
    arguments = parser.parse_args()
    found = layouts(ROOT / "include")
    if arguments.write:
        GOLDEN.write_text("\n".join(found) + "\n")
    faults = differences(found, GOLDEN.read_text().split("\n")[:-1])
    print("\n".join(faults) or f"layouts: ok ({len(found)} sizes, places and values)")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
