#!/usr/bin/env python3
"""tools/check_exports.py: libsennit.so exports what the golden list says, and nothing else.

Usage: check_exports.py BUILD_DIR [--write]

Fails when
  - the exported symbols differ from src/capi/exports.txt in either direction,
  - a symbol does not start with `snt_`,
  - the library needs another library than those of ALLOWED_LIBRARIES,
  - the CPU plug-in, where it is built, exports anything but its entry point.
`--write` makes the list what the library exports; a change of it is a change of the ABI.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLUGIN_EXPORTS = {"sennit_plugin_open"}
# It is loaded into interpreters, which bring their own of everything else.
ALLOWED_LIBRARIES = re.compile(
    r"(libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s|ld-linux[-\w]*)\.so\.\d+"
)


def exported(library: pathlib.Path) -> set[str]:
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], check=True, capture_output=True, text=True
    ).stdout
    return {line.split()[-1].split("@")[0] for line in listing.splitlines()}


def needed(library: pathlib.Path) -> list[str]:
    dynamic = subprocess.run(
        ["readelf", "-d", str(library)], check=True, capture_output=True, text=True
    ).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)


def golden_list(path: pathlib.Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def export_faults(symbols: set[str], golden: list[str]) -> list[str]:
    found = [
        f"{name}: exported, but no snt_ function; hide it"
        for name in sorted(symbols)
        if not name.startswith("snt_")
    ]
    found += [
        f"{name}: exported, but not listed; if it is meant to be, run with --write"
        for name in sorted(symbols - set(golden))
        if name.startswith("snt_")
    ]
    found += [
        f"{name}: listed, but not exported; programs that use it would no longer load"
        for name in sorted(set(golden) - symbols)
    ]
    if golden != sorted(set(golden)):
        found.append("the list is not sorted, or names a symbol twice")
    return found


def library_faults(libraries: list[str]) -> list[str]:
    return [
        f"needs {library}; the core links libc, libstdc++, libdl and pthread only"
        for library in libraries
        if not ALLOWED_LIBRARIES.fullmatch(library)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build_dir", type=pathlib.Path)
    parser.add_argument("--write", action="store_true", help="write the list anew")
    parser.add_argument("--list", type=pathlib.Path, default=ROOT / "src/capi/exports.txt")
    arguments = parser.parse_args()

    core = arguments.build_dir / "libsennit.so"
    if arguments.write:
        arguments.list.write_text(
            "# src/capi/exports.txt: all that libsennit.so exports.\n"
            + "".join(f"{name}\n" for name in sorted(exported(core)))
        )
    found = export_faults(exported(core), golden_list(arguments.list))
    found += library_faults(needed(core))
    plugin = arguments.build_dir / "libsennit-cpu.so"
    if plugin.exists():
        found += [
            f"{plugin.name}: exports {name}; its only export is its entry point"
            for name in sorted(exported(plugin) - PLUGIN_EXPORTS)
        ]
        found += [
            f"{plugin.name}: does not export {name}"
            for name in sorted(PLUGIN_EXPORTS - exported(plugin))
        ]
    print("\n".join(found) or "exports: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
