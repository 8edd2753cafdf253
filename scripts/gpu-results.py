#!/usr/bin/env python3
"""Puts what a GPU machine measured into the repository: scripts/gpu-results.py results.tgz [OPTION...]

The archive is what scripts/gpu-verify.sh leaves. Its environment.txt, parts.tsv, numbers.tsv, kernels.tsv and summary.txt
take the place of all that is in results/gpu/<card>/, and README.md and docs/profiling.md are rewritten between

  <!-- gpu:NAME --> and <!-- /gpu:NAME -->

  speed    what trainings take here and in PyTorch, and every other time and ceiling (numbers.tsv)
  kernels  every kernel of a step (kernels.tsv)
  checks   what was run, and how it ended (parts.tsv)

Where a number was measured several times, the median is shown, and of seconds the least. A ratio is PyTorch's median over
that of sae-native in fp32 with the same K. Nothing is written unless all of it can be.

Exit code: 0 done, 1 refused with one line that says why, 2 wrong usage.
"""
import argparse
import re
import shutil
import statistics
import sys
import tarfile
import zlib
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "docs/profiling.md"]
COLUMNS = {
    "numbers.tsv": ["part", "name", "value", "unit", "command"],
    "parts.tsv": ["part", "result", "seconds", "command or reason"],
    "kernels.tsv": ["precision", "kernel", "launches", "microseconds", "sm_percent", "memory_percent", "dram_percent"],
}
NEEDED = ["environment.txt", *COLUMNS]
KEYS = ["date", "commit", "card", "driver", "torch"]  # of environment.txt: what is said above every table
FIGURES = ["seconds", "us_per_step", "ev_percent"]


class Refused(Exception):
    """The archive or a document is not as it must be."""


# ---- the archive ----

def read_archive(path):
    """{name: bytes} of its files."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            files = {str(PurePosixPath(member.name)): archive.extractfile(member).read()
                     for member in archive.getmembers() if member.isfile()}
    except (OSError, tarfile.TarError, zlib.error, EOFError) as e:
        raise Refused(f"cannot read {path}: {e}") from e
    for name in files:
        if name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise Refused(f"{path} holds a file outside its own folder: {name}")
    for name in NEEDED:
        if name not in files:
            raise Refused(f"{path} has no {name}")
    return files


def read_environment(files):
    """{key: value} of lines `key   value`."""
    environment = {}
    for line in files["environment.txt"].decode(errors="replace").splitlines():
        key, _, value = line.partition(" ")
        environment[key] = value.strip()
    for key in KEYS:
        if not environment.get(key):
            raise Refused(f"environment.txt has no {key}")
    return environment


def read_table(files, name):
    """One dictionary a row."""
    header, *rows = [line.split("\t") for line in files[name].decode(errors="replace").splitlines()] or [[]]
    if header != COLUMNS[name]:
        raise Refused(f"the header of {name} must be {' '.join(COLUMNS[name])}")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise Refused(f"{name}, line {number}: {len(row)} columns in place of {len(header)}")
    return [dict(zip(header, row)) for row in rows]


def read_numbers(files):
    """({name: values of its rows}, {name: unit}), in the order of the file."""
    values, units = {}, {}
    for number, row in enumerate(read_table(files, "numbers.tsv"), 2):
        try:
            values.setdefault(row["name"], []).append(float(row["value"]))
        except ValueError:
            raise Refused(f"numbers.tsv, line {number}: {row['value']!r} is no number") from None
        units[row["name"]] = row["unit"]
    return values, units


# ---- the tables ----

def table(header, rows):
    cells = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def significant(value):
    """Three digits at least, none lost before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def median(values, digits):
    return f"{statistics.median(values):.{digits}f}" if values else ""


def speed(numbers):
    """Two tables: one row for each training, then one for each other number."""
    values, units = numbers
    trainings, others = {}, []
    for name in values:
        found = re.fullmatch(r"(home/[^/]+|compared/[^/]+|pytorch/[^/]+/[^/]+)/k(\d+)/(\w+)", name)
        if found and found[3] in FIGURES:
            trainings.setdefault((int(found[2]), found[1]), {})[found[3]] = values[name]
        else:
            others.append(name)
    rows = []
    for (k, way), figures in sorted(trainings.items(), key=lambda item: item[0][0]):
        program, *words = way.split("/")
        seconds = figures.get("seconds", [])
        ours = trainings.get((k, "compared/fp32"), {}).get("seconds")
        theirs = program == "pytorch"
        rows.append([
            str(k), "PyTorch " + words[1] if theirs else "sae-native", words[0],
            median(seconds, 4), f"{min(seconds):.4f}" if seconds else "",
            median(figures.get("us_per_step"), 1), median(figures.get("ev_percent"), 2),
            f"{statistics.median(seconds) / statistics.median(ours):.1f}" if theirs and seconds and ours else ""])
    return "\n\n".join([
        table(["K", "program", "products", "median s", "least s", "µs a step", "EV %", "times sae-native fp32"], rows),
        table(["measured", "median", "unit"],
              [[name, significant(statistics.median(values[name])), units[name]] for name in others])])


def kernels(rows):
    header = ["precision", "kernel", "launches", "µs", "SM %", "memory %", "DRAM %"]
    return table(header, [[row[column] for column in COLUMNS["kernels.tsv"]] for row in rows])


def checks(rows):
    """The command of a part that passed is in parts.tsv; a part that did not says why."""
    return table(["part", "result", "seconds", "reason"],
                 [[row["part"], row["result"], row["seconds"],
                   "" if row["result"] == "passed" else row["command or reason"]] for row in rows])


# ---- the documents ----

def rewritten(text, blocks, document):
    """The text with every block between its marks."""
    def block(match):
        if match[1] not in blocks:
            raise Refused(f"{document} has a block gpu:{match[1]}; there are {', '.join(blocks)}")
        return f"<!-- gpu:{match[1]} -->\n{blocks[match[1]]}\n<!-- /gpu:{match[1]} -->"

    new, count = re.subn(r"<!-- gpu:(\S+) -->\n.*?<!-- /gpu:\1 -->", block, text, flags=re.DOTALL)
    if not count == text.count("<!-- gpu:") == text.count("<!-- /gpu:"):
        raise Refused(f"{document} has a mark gpu: without its other end")
    return new


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("archive", type=Path)
    p.add_argument("--logs", action="store_true", help="unpack everything else of the archive as well")
    p.add_argument("--rehearsal", action="store_true", help="take the archive of a rehearsal, whose numbers mean nothing")
    p.add_argument("--root", type=Path, default=ROOT, help="the repository (that of this script)")
    args = p.parse_args()

    files = read_archive(args.archive)
    environment = read_environment(files)
    rehearsal = environment.get("rehearsal") == "yes"
    if rehearsal and not args.rehearsal:
        raise Refused(f"{args.archive} is of a rehearsal (--rehearsal takes it)")
    card = environment["card"].split(",")[0]
    source = ("**A rehearsal: these numbers mean nothing.** " if rehearsal else "") + (
        f"{card}, driver {environment['driver']}, torch {environment['torch']}; commit {environment['commit']}, "
        f"{environment['date']}.")
    blocks = {
        "speed": speed(read_numbers(files)),
        "kernels": kernels(read_table(files, "kernels.tsv")),
        "checks": checks(read_table(files, "parts.tsv")),
    }
    blocks = {name: f"{source}\n\n{text}" for name, text in blocks.items()}
    texts = {args.root / document: rewritten((args.root / document).read_text(), blocks, document) for document in DOCUMENTS}

    folder = args.root / "results/gpu" / re.sub(r"[^A-Za-z0-9]+", "-", card).strip("-")
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    kept = [name for name in files if args.logs or name in [*NEEDED, "summary.txt"]]
    for name in kept:
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_bytes(files[name])
    for document, text in texts.items():
        document.with_name(f".{document.name}.new").write_text(text)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    for document in texts:
        document.with_name(f".{document.name}.new").replace(document)
    print(f"{folder}: {len(kept)} files; rewrote {' and '.join(DOCUMENTS)}")


if __name__ == "__main__":
    try:
        main()
    except Refused as e:
        sys.exit(f"gpu-results: {e}")
