#!/usr/bin/env python3
"""Puts what a GPU machine measured into the repository: scripts/gpu-results.py results.tgz [OPTION...]

The archive is what scripts/gpu-verify.sh leaves. Its environment.txt, parts.tsv, numbers.tsv, kernels.tsv, summary.txt and
logs/ncu.txt take the place of all that is in results/gpu/<card>/, and README.md and docs/profiling.md are rewritten between

  <!-- gpu:NAME --> and <!-- /gpu:NAME -->

  speed    the same trainings here and in PyTorch, with the ratios of their medians (numbers.tsv, its smallest K)
  home     the home run as its user starts it (numbers.tsv)
  calls    single calls, and what the card reaches (numbers.tsv)
  kernels  every kernel: microseconds, and percent of the peak of multiprocessors and memory (kernels.tsv)
  checks   what was run, and how it ended (parts.tsv)

Where a number was measured several times, the median is shown. Nothing is written unless all of it can be.

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
KEPT = [*NEEDED, "summary.txt", "logs/ncu.txt"]  # of an archive; the last two where they are
KEYS = ["date", "commit", "card", "driver", "torch"]  # of environment.txt: what is said above every table
PRECISIONS = ["fp32", "bf16x3", "bf16"]


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


def median(values, scale=1.0, digits=1):
    return f"{scale * statistics.median(values):.{digits}f}" if values else ""


def speed(values):
    """A row for each way to train, of the smallest K that both sides trained."""
    names = [re.fullmatch(r"(compared|pytorch)/(.+)/k(\d+)/seconds", name) for name in values]
    trained = [(int(name[3]), name[1], name[2]) for name in names if name]
    if not trained:
        return "Nothing was compared."
    k = min(trained)[0]
    ours = {precision: values.get(f"compared/{precision}/k{k}/seconds") for precision in PRECISIONS}
    rows = []
    for side, way in [(side, way) for number, side, way in trained if number == k]:
        words, name = way.split("/"), f"{side}/{way}/k{k}"
        seconds = values[f"{name}/seconds"]
        theirs = side == "pytorch"
        ratios = [f"{statistics.median(seconds) / statistics.median(own):.1f}" if theirs and own else ""
                  for own in ours.values()]
        rows.append([f"PyTorch, {words[1]}" if theirs else "sae-native", words[0], median(seconds, 1e3),
                     median(values.get(f"{name}/us_per_step")), median(values.get(f"{name}/ev_percent"), digits=2), *ratios])
    rows.sort(key=lambda row: row[0] != "sae-native")
    ratios = [f"times {precision}" for precision in PRECISIONS]
    return table([f"K = {k}", "products", "ms", "µs a step", "EV %", *ratios], rows)


def home(values):
    rows = []
    for name, seconds in values.items():
        if found := re.fullmatch(r"home/([^/]+)/k(\d+)/seconds", name):
            other = {figure: values.get(name.replace("seconds", figure)) for figure in
                     ("us_per_step", "first_epoch_ms", "median_epoch_ms", "ev_percent")}
            wall = values.get(f"wall/three_k/{found[1]}/seconds")
            rows.append([found[1], found[2], median(seconds, 1e3), f"{1e3 * min(seconds):.1f}", median(other["us_per_step"]),
                         median(other["first_epoch_ms"]), median(other["median_epoch_ms"], digits=2),
                         median(other["ev_percent"], digits=2), median(wall, digits=2)])
    return table(["precision", "K", "ms", "least ms", "µs a step", "first epoch ms", "an epoch ms", "EV %",
                  "s of the command, all K"], rows)


def calls(values, units):
    """A row for each call and K, the K of a call one below the other, a column for each precision; then the ceilings."""
    by_call = {}
    for name in values:
        if found := re.fullmatch(r"bench/([^/]+)/k(\d+)/(\w+)/us", name):
            share = values.get(name.replace("/us", "/share_of_ceiling"))
            text = median(values[name]) + (f" ({statistics.median(share):.0f} %)" if share else "")
            by_call.setdefault(found[3], {}).setdefault(found[2], {})[found[1]] = text
    ceilings = [[name.removeprefix("roof/"), significant(statistics.median(values[name])), units[name]]
                for name in values if name.startswith("roof/")]
    return "\n\n".join([
        table(["call, µs (share)", "K", *PRECISIONS],
              [[call, k, *(row.get(precision, "") for precision in PRECISIONS)]
               for call, by_k in by_call.items() for k, row in by_k.items()]),
        table(["ceiling", "reached", "unit"], ceilings)])


def kernels(rows):
    """A row for each kernel with a column for each precision; then those of other shapes."""
    own, others = {}, []
    for row in rows:
        name = re.sub(r"<(Fma|Tensor)Product.*>", "", row["kernel"])
        text = f"{float(row['microseconds']):.1f} ({float(row['sm_percent']):.0f}, {float(row['memory_percent']):.0f})"
        if row["precision"] in PRECISIONS:
            own.setdefault(name, {})[row["precision"]] = text
        else:
            others.append([row["precision"], name, text])
    return "\n\n".join([
        table(["kernel, µs (SM %, memory %)", *PRECISIONS],
              [[name, *(row.get(precision, "") for precision in PRECISIONS)] for name, row in own.items()]),
        table(["shape", "kernel", "µs (SM %, memory %)"], others)])


def checks(rows):
    """Those that passed in a line; a part that did not says why. The commands are in parts.tsv."""
    passed = [f"{row['part']} ({row['seconds']} s)" for row in rows if row["result"] == "passed"]
    others = [f"{row['part']}: {row['result']}, {row['command or reason']}" for row in rows if row["result"] != "passed"]
    return "\n\n".join([f"Passed: {', '.join(passed)}.", *others])


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
        f"{environment['date']}." + (f" **Graphs {environment['graphs']}.**" if "graphs" in environment else ""))
    values, units = read_numbers(files)
    blocks = {
        "speed": speed(values),
        "home": home(values),
        "calls": calls(values, units),
        "kernels": kernels(read_table(files, "kernels.tsv")),
        "checks": checks(read_table(files, "parts.tsv")),
    }
    blocks = {name: f"{source}\n\n{text}" for name, text in blocks.items()}
    texts = {args.root / document: rewritten((args.root / document).read_text(), blocks, document) for document in DOCUMENTS}

    folder = args.root / "results/gpu" / re.sub(r"[^A-Za-z0-9]+", "-", card).strip("-")
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    kept = [name for name in files if args.logs or name in KEPT]
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
