"""What gpu-results.py makes of an archive, and what it refuses: python3 -m unittest discover -s scripts"""
import io
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "gpu-results.py"

NUMBERS = [
    *(("compared/fp32/k100/seconds", seconds, "s") for seconds in ("0.060", "0.050", "0.040")),
    ("compared/fp32/k100/us_per_step", "83.33", "us"), ("compared/fp32/k100/ev_percent", "87.77", "%"),
    ("pytorch/tf32/graphed/k100/seconds", "0.2", "s"), ("pytorch/tf32/graphed/k100/ev_percent", "87.7", "%"),
    ("compared/bf16/k100/seconds", "0.025", "s"),
    ("pytorch/fp32/eager/k300/seconds", "1.5", "s"),
    ("home/bf16/k100/seconds", "0.025", "s"), ("home/bf16/k100/seconds", "0.021", "s"),
    ("wall/three_k/bf16/seconds", "2.345", "s"),
    ("bench/fp32/k100/gradients/us", "96.28", "us"), ("bench/fp32/k100/adam_update/us", "25.55", "us"),
    ("bench/fp32/k300/gradients/us", "98.4", "us"), ("bench/bf16/k100/adam_update/us", "24.04", "us"),
    ("bench/bf16/k100/adam_update/share_of_ceiling", "110.2", "%"), ("roof/copy_2000MB", "2987.6", "GB/s"),
]
SPEED = """\
| K = 100 | products | ms | µs a step | EV % | times fp32 | times bf16x3 | times bf16 |
| --- | --- | --- | --- | --- | --- | --- | --- |
| sae-native | fp32 | 50.0 | 83.3 | 87.77 |  |  |  |
| sae-native | bf16 | 25.0 |  |  |  |  |  |
| PyTorch, graphed | tf32 | 200.0 |  | 87.70 | 4.0 |  | 8.0 |
"""
HOME = """\
| precision | K | ms | least ms | µs a step | first epoch ms | an epoch ms | EV % | s of the command, all K |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| bf16 | 100 | 23.0 | 21.0 |  |  |  |  | 2.35 |
"""
CALLS = """\
| call, µs (share) | K | fp32 | bf16x3 | bf16 |
| --- | --- | --- | --- | --- |
| gradients | 100 | 96.3 |  |  |
| gradients | 300 | 98.4 |  |  |
| adam_update | 100 | 25.6 |  | 24.0 (110 %) |

| ceiling | reached | unit |
| --- | --- | --- |
| copy_2000MB | 2,988 | GB/s |
"""
KERNELS = """\
| kernel, µs (SM %, memory %) | fp32 | bf16x3 | bf16 |
| --- | --- | --- | --- |
| encode_kernel | 14.2 (61, 40) |  | 7.0 (20, 30) |

| shape | kernel | µs (SM %, memory %) |
| --- | --- | --- |
| large_bf16 | encode_kernel | 45360.0 (35, 87) |
"""
CHECKS = """\
Passed: doctor (1 s), verify_fp32 (2 s).

nsys: skipped, nsys | is not here
"""
ENVIRONMENT = """\
date      2026-11-27T01:02:03Z
commit    abc1234
card      NVIDIA H100 80GB HBM3
driver    580.1
torch     2.11.0
"""


def lines(*rows):
    return "".join("\t".join(row) + "\n" for row in rows)


class GpuResultsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.card = self.root / "results/gpu/NVIDIA-H100-80GB-HBM3"
        (self.root / "docs").mkdir()
        self.document("README.md", "before\n<!-- gpu:speed -->\nold\n<!-- /gpu:speed -->\nafter\n")
        self.document("docs/profiling.md", "".join(f"<!-- gpu:{name} -->\n<!-- /gpu:{name} -->\n"
                                                   for name in ("home", "calls", "kernels", "checks")))
        self.files = {
            "environment.txt": ENVIRONMENT,
            "numbers.tsv": lines(("part", "name", "value", "unit", "command"),
                                 *(("home", name, value, unit, "run") for name, value, unit in NUMBERS)),
            "parts.tsv": lines(("part", "result", "seconds", "command or reason"), ("doctor", "passed", "1", "doctor"),
                               ("verify_fp32", "passed", "2", "verify"),
                               ("nsys", "skipped", "0", "nsys | is not here")),
            "kernels.tsv": lines(("precision", "kernel", "launches", "microseconds", "sm_percent", "memory_percent",
                                  "dram_percent"), ("fp32", "encode_kernel<FmaProduct<64>>", "1", "14.2", "61", "40", "3"),
                                 ("bf16", "encode_kernel<TensorProduct<1, 64>>", "1", "7", "20", "30", "3"),
                                 ("large_bf16", "encode_kernel<TensorProduct<1, 128>>", "1", "4.536e+04", "35.4", "87", "3")),
            "summary.txt": "all passed\n",
            "doctor.log": "a log\n",
        }

    def document(self, name, text):
        (self.root / name).write_text(text)

    def run_script(self, archive, *options):
        command = [sys.executable, SCRIPT, archive, "--root", self.root, *options]
        return subprocess.run(command, capture_output=True, text=True)

    def read(self, *options):
        archive = self.root / "results.tgz"
        with tarfile.open(archive, "w:gz") as tar:
            for name, text in self.files.items():
                member = tarfile.TarInfo(f"./{name}")
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        return self.run_script(archive, *options)

    def assert_done(self, *options):
        result = self.read(*options)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def assert_refused(self, reason, *options):
        before = {file: file.read_bytes() for file in self.root.rglob("*") if file.is_file()}
        result = self.read(*options)
        before.pop(self.root / "results.tgz", None)
        after = {file: file.read_bytes() for file in self.root.rglob("*") if file.is_file() and file.suffix != ".tgz"}
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(reason, result.stderr)
        self.assertEqual(before, after)

    def test_tables_take_the_place_of_what_was_between_the_marks(self):
        self.assert_done()
        source = "NVIDIA H100 80GB HBM3, driver 580.1, torch 2.11.0; commit abc1234, 2026-11-27T01:02:03Z.\n\n"
        self.assertEqual((self.root / "README.md").read_text(),
                         f"before\n<!-- gpu:speed -->\n{source}{SPEED}<!-- /gpu:speed -->\nafter\n")
        blocks = "".join(f"<!-- gpu:{name} -->\n{source}{text}<!-- /gpu:{name} -->\n" for name, text in
                         (("home", HOME), ("calls", CALLS), ("kernels", KERNELS), ("checks", CHECKS)))
        self.assertEqual((self.root / "docs/profiling.md").read_text(), blocks)

    def test_a_second_time_changes_nothing(self):
        self.assert_done()
        before = (self.root / "README.md").read_text()
        self.assert_done()
        self.assertEqual((self.root / "README.md").read_text(), before)

    def test_the_folder_holds_this_archive_alone_and_logs_only_where_asked(self):
        self.card.mkdir(parents=True)
        (self.card / "old.txt").write_text("of an earlier run")
        self.assert_done()
        kept = {"environment.txt", "numbers.tsv", "parts.tsv", "kernels.tsv", "summary.txt"}
        self.assertEqual({file.name for file in self.card.iterdir()}, kept)
        self.assertEqual((self.card / "numbers.tsv").read_text(), self.files["numbers.tsv"])
        self.assert_done("--logs")
        self.assertEqual({file.name for file in self.card.iterdir()}, {*kept, "doctor.log"})
        self.assertEqual([file for file in self.root.rglob("*.new")], [])

    def test_refuses_an_archive_without_a_file(self):
        for name in ("environment.txt", "numbers.tsv", "parts.tsv", "kernels.tsv"):
            with self.subTest(name):
                text = self.files.pop(name)
                self.assert_refused(f"has no {name}")
                self.files[name] = text

    def test_refuses_a_rehearsal_unless_asked(self):
        self.files["environment.txt"] += "rehearsal yes\n"
        self.assert_refused("rehearsal")
        self.assert_done("--rehearsal")
        self.assertIn("**A rehearsal: these numbers mean nothing.**", (self.root / "README.md").read_text())

    def test_refuses_what_is_no_table_of_numbers(self):
        good = dict(self.files)
        for name, text, reason in (
                ("numbers.tsv", good["numbers.tsv"] + "home\tx\tfast\ts\trun\n", "line 20: 'fast' is no number"),
                ("numbers.tsv", good["numbers.tsv"] + "home\tx\t1\n", "line 20: 3 columns in place of 5"),
                ("numbers.tsv", "", "the header of numbers.tsv"),
                ("kernels.tsv", good["kernels.tsv"].replace("launches", "starts"), "the header of kernels.tsv"),
                ("environment.txt", ENVIRONMENT.replace("driver", "drover"), "environment.txt has no driver"),
                ("../outside", "x", "outside its own folder")):
            with self.subTest(reason):
                self.files = {**good, name: text}
                self.assert_refused(reason)

    def test_refuses_marks_that_it_does_not_know(self):
        for text, reason in (("<!-- gpu:sped -->\n<!-- /gpu:sped -->\n", "has a block gpu:sped"),
                             ("<!-- gpu:speed -->\n", "without its other end"),
                             ("<!-- /gpu:speed -->\n", "without its other end")):
            with self.subTest(text):
                self.document("docs/profiling.md", text)
                self.assert_refused(reason)

    def test_refuses_a_file_that_is_no_archive(self):
        (self.root / "no.tgz").write_text("no archive")
        result = self.run_script(self.root / "no.tgz")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"\Agpu-results: cannot read .*\n\Z")


if __name__ == "__main__":
    unittest.main()
