#!/usr/bin/env python3
"""tests/random/mutations.py: breaks one rule of the runtime after the other, and shows
that the random programs find each.

    tests/random/mutations.py             all
    tests/random/mutations.py NAME ...    those whose name contains one of the words

Works on a copy of the sources in build/mutations. Fails if a broken runtime passes, if the unbroken
one does not, or if a rule is no longer written as it is here.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE = ROOT / "build" / "mutations"
SOURCES = ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "cmake", "include", "src", "tests")
PROGRAMS = 5000  # fewer are run where one fails


class Mutation(NamedTuple):
    name: str
    file: str
    rule: str
    broken: str


MUTATIONS = (
    Mutation("a write does not wait for the reads before it", "src/graph/frontier.cpp",
             "    if (!writes(mode)) continue;\n", "    if (mode != AccessMode::None) continue;\n"),
    Mutation("a read does not wait for the write before it", "src/graph/frontier.cpp",
             "    meet(it->writer, reads(mode), removed, set);\n",
             "    if (writes(mode)) meet(it->writer, reads(mode), removed, set);\n"),
    Mutation("of several parents only the first is waited for", "src/sched/issue.cpp",
             "    if (nodes_.in_flight(parent.node)) streams_.wait_for(stream, parent.node);\n",
             "    if (nodes_.in_flight(parent.node) && &parent == parents.data())\n"
             "      streams_.wait_for(stream, parent.node);\n"),
    Mutation("the host goes on reading what a device has written since", "src/sched/issue.cpp",
             "  if (writes(access.mode) && storage.readable.is_open()) storage.readable.close();\n",
             ""),
    Mutation("the host goes on storing what a device reads", "src/sched/issue.cpp",
             "  if (storage.writable.is_open()) storage.writable.close();\n", ""),
    Mutation("a write to a part leaves the other copies valid", "src/memory/coherence.cpp",
             "      state.parts[i].remove(access.range);\n", ""),
    Mutation("a write to all leaves the other copies valid", "src/memory/coherence.cpp",
             "    state.whole = at.bit();\n    return;\n",
             "    state.whole |= at.bit();\n    return;\n"),
)  # fmt: skip


def copy_sources() -> None:
    """Copies what has changed, so that little is built anew."""
    TREE.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, TREE / name, dirs_exist_ok=True, copy_function=copy_changed
            )
        else:
            copy_changed(ROOT / name, TREE / name)


def copy_changed(source: str | pathlib.Path, target: str | pathlib.Path) -> None:
    text = pathlib.Path(source).read_bytes()
    target = pathlib.Path(target)
    if not target.exists() or target.read_bytes() != text:
        target.write_bytes(text)


def build() -> None:
    folder = TREE / "build" / "dev"
    if not (folder / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "dev", "-DSENNIT_CPU=OFF", "-DSENNIT_SUITE=OFF",
                        "-DSENNIT_EXAMPLES=OFF"], cwd=TREE, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
    subprocess.run(["ninja", "-C", folder, "random_tests"], check=True, stdout=subprocess.DEVNULL)


def failing_test() -> str | None:
    """The first test of the random programs that fails, with what it says; None if all pass."""
    run = subprocess.run(
        [TREE / "build" / "dev" / "random_tests", "--gtest_filter=RandomPrograms.AreSequential*",
         "--gtest_fail_fast"], capture_output=True, text=True, timeout=1200,
        env={**os.environ, "SENNIT_RANDOM_PROGRAMS": str(PROGRAMS)})  # fmt: skip
    if run.returncode == 0:
        return None
    after = re.search(r"Falsifiable after (\d+) tests", run.stdout)
    said = re.search(r"at first: (.*)", run.stdout)
    count = f"program {after[1]}" if after else f"status {run.returncode}"
    return f"{count}: {said[1] if said else run.stderr.strip().splitlines()[-1:]}"


def main() -> int:
    words = sys.argv[1:]
    wanted = [m for m in MUTATIONS if not words or any(word in m.name for word in words)]
    copy_sources()
    build()
    if (found := failing_test()) is not None:
        sys.exit(f"the unbroken runtime fails: {found}")
    passed = 0
    for mutation in wanted:
        file = TREE / mutation.file
        text = file.read_text()
        if text.count(mutation.rule) != 1:
            sys.exit(f"{mutation.file} does not have once: {mutation.rule}")
        file.write_text(text.replace(mutation.rule, mutation.broken))
        build()
        found = failing_test()
        file.write_text(text)
        passed += found is None
        print(f"{mutation.name}: {found or 'NOT FOUND'}", flush=True)
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
