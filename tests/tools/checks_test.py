"""tests/tools/checks_test.py: each check of tools/ fails when what it forbids is there."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import check_exports  # noqa: E402
import check_headers  # noqa: E402
import check_layers  # noqa: E402
import check_layouts  # noqa: E402


class Tree(unittest.TestCase):
    """A repository of a few files, made for one test."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, path: str, text: str, purpose: bool = True) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((f"// {path.removeprefix('src/')}: a file.\n" if purpose else "") + text)

    def assert_only_fault(self, expected: str) -> None:
        found = check_layers.faults(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])


class Layers(Tree):
    def test_what_the_table_allows_passes(self):
        self.write("src/sched/scheduler.cpp", '#include "graph/frontier.h"\n#include <vector>\n')
        self.write("src/backend/backend_table.cpp", '#include "backend/cuda/cuda_backend.h"\n')
        self.write("src/backend/cpu/queue.cpp", '#include "backend/backend.h"\n')
        self.write("src/capi/array.cpp", '#include "sennit/sennit.h"\n')
        self.write("examples/hello/hello.cpp", "#include <memory>\n#include <sennit/sennit.hpp>\n")
        self.assertEqual(check_layers.faults(self.root), [])

    def test_a_layer_may_not_look_up(self):
        self.write("src/graph/graph.cpp", '#include <vector>\n#include "memory/pool.h"\n')
        self.assert_only_fault("src/graph/graph.cpp:3: graph/ may not include memory/")

    def test_siblings_may_not_look_at_each_other(self):
        self.write("src/sched/scheduler.cpp", '#include "kernel/kernel.h"\n')
        self.assert_only_fault("sched/ may not include kernel/")

    def test_the_cpu_backend_is_private(self):
        self.write("src/runtime/runtime.cpp", '#include "backend/cpu/cpu_backend.h"\n')
        self.assert_only_fault("backend/cpu/ is seen by its own files only")

    def test_backends_may_not_look_at_each_other(self):
        self.write("src/backend/cpu/queue.cpp", '#include "backend/virtual/clock.h"\n')
        self.assert_only_fault("backend/cpu/ may not include another backend")

    def test_llvm_stays_in_the_cpu_backend(self):
        self.write("src/kernel/kernel.cpp", "#include <llvm/IR/Module.h>\n")
        self.assert_only_fault("only src/backend/cpu/ may include llvm/")

    def test_an_example_sees_the_public_headers_only(self):
        self.write("examples/hello/hello.cpp", '#include "runtime/runtime.h"\n')
        self.assert_only_fault("examples/ may include sennit's public headers only")

    def test_the_c_functions_alone_see_the_public_headers(self):
        self.write("src/runtime/runtime.cpp", '#include "sennit/sennit.h"\n')
        self.assert_only_fault("runtime/ may not include the public headers")

    def test_an_include_is_written_from_src(self):
        self.write("src/graph/graph.cpp", '#include "frontier.h"\n')
        self.assert_only_fault('write the path from src/, as in "graph/frontier.h"')

    def test_the_environment_is_asked_in_one_place(self):
        self.write("src/base/options.cpp", 'auto x = std::getenv("A");\n')
        self.write("src/sched/scheduler.cpp", 'auto x = std::getenv("A");\n// getenv(\n')
        self.assert_only_fault("src/sched/scheduler.cpp:2: getenv")

    def test_a_file_states_its_purpose(self):
        self.write("src/graph/graph.cpp", "int x;\n", purpose=False)
        self.assert_only_fault("the first line must be `// graph/graph.cpp: purpose`")

    def test_a_purpose_that_names_another_file_does_not_count(self):
        self.write("src/graph/graph.cpp", "// graph/node.h: nodes.\n", purpose=False)
        self.assert_only_fault("the first line must be")

    def test_a_source_may_leave_its_purpose_to_its_header(self):
        self.write("src/graph/graph.cpp", '#include "graph/graph.h"\n', purpose=False)
        self.write("src/graph/graph_test.cpp", '#include "graph/graph.h"\n', purpose=False)
        self.assertEqual(check_layers.faults(self.root), [])

    def test_a_file_is_not_too_long(self):
        self.write("src/graph/graph.cpp", "\n" * check_layers.MAX_LINES)
        self.assert_only_fault("451 lines; the most is 450")

    def test_a_test_may_be_longer(self):
        self.write("src/graph/graph_test.cpp", "\n" * check_layers.MAX_LINES)
        self.assertEqual(check_layers.faults(self.root), [])


class Exports(Tree):
    def test_equal_lists_pass(self):
        self.assertEqual(check_exports.export_faults({"snt_a", "snt_b"}, ["snt_a", "snt_b"]), [])

    def test_a_symbol_that_is_not_listed_fails(self):
        self.assertIn(
            "snt_b: exported, but not listed",
            check_exports.export_faults({"snt_a", "snt_b"}, ["snt_a"])[0],
        )

    def test_a_symbol_that_is_gone_fails(self):
        self.assertIn(
            "snt_b: listed, but not exported",
            check_exports.export_faults({"snt_a"}, ["snt_a", "snt_b"])[0],
        )

    def test_a_symbol_of_cpp_fails(self):
        self.assertIn(
            "_ZN6sennit4failE: exported, but no snt_ function",
            check_exports.export_faults({"_ZN6sennit4failE"}, [])[0],
        )

    def test_a_foreign_library_fails(self):
        libraries = ["libc.so.6", "libstdc++.so.6", "ld-linux-x86-64.so.2"]
        self.assertEqual(check_exports.library_faults(libraries), [])
        self.assertIn("libfmt.so.9", check_exports.library_faults([*libraries, "libfmt.so.9"])[0])

    def test_the_symbols_are_read_from_the_library(self):
        library = self.root / "libsennit.so"
        flags = ["-shared", "-fPIC", "-Wl,--no-as-needed", "-x", "c"]
        source = "void snt_a(void) {}\nstatic int hidden;\nint other;\n"
        command = ["cc", *flags, "-o", str(library), "-"]
        subprocess.run(command, check=True, input=source, text=True)
        self.assertEqual(check_exports.exported(library), {"snt_a", "other"})
        self.assertEqual(check_exports.needed(library), ["libc.so.6"])


class Headers(Tree):
    def check(self) -> list[str]:
        found, _ = check_headers.jobs(self.root, [])
        return [fault for fault in (check_headers.compile_alone(*job) for job in found) if fault]

    def test_a_header_that_includes_what_it_uses_passes(self):
        self.write("src/base/good.h", "#pragma once\n#include <string>\nstd::string good();\n")
        self.assertEqual(self.check(), [])

    def test_a_header_that_leans_on_its_includer_fails(self):
        self.write("src/base/bad.h", "#pragma once\nstd::string bad();\n")
        self.assertIn("base/bad.h does not compile alone", self.check()[0])

    def test_a_header_that_stands_first_in_a_source_is_left_to_the_build(self):
        self.write("src/base/bad.h", "#pragma once\nstd::string bad();\n")
        self.write("src/base/other.cpp", '#include <string>\n\n#include "base/bad.h"\n')
        self.write("src/base/bad_test.cpp", '#include "base/bad.h"\n')
        self.assertIn("base/bad.h does not compile alone", self.check()[0])
        self.write("src/base/bad.cpp", '// Text.\n#include "base/bad.h"\n')
        self.assertEqual(self.check(), [])

    def test_the_c_header_is_c99(self):
        self.write("include/sennit/sennit.h", "int f(void);\n", purpose=False)
        self.assertEqual(self.check(), [])
        self.write(
            "include/sennit/sennit.h",
            "static inline int f() { return nullptr != 0; }\n",
            purpose=False,
        )
        self.assertIn("sennit/sennit.h does not compile alone", self.check()[0])


class Layouts(Tree):
    HEADER = """#include <stdint.h>
typedef struct snt_pair { /* struct snt_old { int x; } */
  int32_t first, second[3];
  union { int64_t i; double f; } value;
  int32_t (*call)(void* user, int32_t count);
} snt_pair;
enum { SNT_ONE = 1 /* SNT_TWO */, SNT_NINE = 9 };
"""

    def layouts(self, header: str) -> list[str]:
        self.write("include/sennit/sennit.h", header)
        return check_layouts.layouts(self.root / "include")

    def test_every_field_and_constant_is_there(self):
        self.assertEqual(
            sorted(self.layouts(self.HEADER)),
            [
                "SNT_NINE 9",
                "SNT_ONE 1",
                "snt_pair 32",
                "snt_pair.call 24 8",
                "snt_pair.first 0 4",
                "snt_pair.second 4 12",
                "snt_pair.value 16 8",
                "snt_pair.value.f 16 8",
                "snt_pair.value.i 16 8",
            ],
        )

    def test_a_field_of_another_size_is_a_fault(self):
        golden = self.layouts(self.HEADER)
        found = self.layouts(self.HEADER.replace("int32_t first,", "int64_t first,"))
        faults = check_layouts.differences(found, golden)
        self.assertIn("snt_pair.first 0 4: is gone, or another now", faults)
        self.assertEqual(check_layouts.differences(golden, golden), [])


if __name__ == "__main__":
    unittest.main()
