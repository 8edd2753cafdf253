#!/usr/bin/env python3
"""Turns what the parts of gpu-verify.sh leave into lines of numbers, for that script alone.

  gpu-numbers.py home SUMMARY.json PRECISION      seconds, microseconds a step and explained variance of each K
  gpu-numbers.py bench BENCH.json                 microseconds of each call and its share of what the card reaches
  gpu-numbers.py comparison LINES.json            one JSON object a line, as the scripts of bench/ write them
  gpu-numbers.py kernels NCU.csv PRECISION        a line of kernels.tsv for each kernel that ncu profiled
  gpu-numbers.py data FILE.npy ROWS COLUMNS       writes seeded activations there, for trainings that need no real ones
  gpu-numbers.py summary FOLDER                   all tables of a folder of results as one page

The first three print `name<TAB>value<TAB>unit`; kernels prints precision, kernel, launches, microseconds of one launch, and
percent of the peak of the multiprocessors, of memory (the busiest of L1, L2, DRAM) and of DRAM. Standard library only.
"""
import array
import csv
import json
import random
import re
import statistics
import struct
import sys
from pathlib import Path

MICROSECONDS = {"ns": 1e-3, "nsecond": 1e-3, "us": 1.0, "usecond": 1.0, "ms": 1e3, "msecond": 1e3, "s": 1e6, "second": 1e6}


def show(name, value, unit):
    print(f"{name}\t{value:.6g}\t{unit}")


def home(summary, precision):
    ours = json.loads(Path(summary).read_text())["sae_native"]
    settings = ours["settings"]
    batches = -(-ours["data"]["train"]["rows"] // settings["batch_size"])
    for k, result in ours["results"].items():
        name = f"home/{precision}/k{k}"
        epochs = result["epoch_seconds"]
        show(f"{name}/seconds", result["seconds"], "s")
        # The first epoch also pays for what is set up once.
        show(f"{name}/first_epoch_ms", 1e3 * epochs[0], "ms")
        show(f"{name}/median_epoch_ms", 1e3 * sorted(epochs)[len(epochs) // 2], "ms")
        show(f"{name}/us_per_step", 1e6 * result["seconds"] / (batches * len(epochs)), "us")
        show(f"{name}/ev_percent", 100 * result["ev"]["global"], "%")


def bench(report):
    data = json.loads(Path(report).read_text())
    for run in data["runs"]:
        for case in run["cases"]:
            name = f"bench/{run['precision']}/k{run['k']}/{case['name']}"
            show(f"{name}/us", 1e6 * case["median_seconds"], "us")
            if case["share_of_ceiling"] is not None:
                show(f"{name}/share_of_ceiling", 100 * case["share_of_ceiling"], "%")
        if run["ceiling_flops_per_second"]:
            show("roof/fp32_fma", run["ceiling_flops_per_second"] / 1e12, "TFLOP/s")


def comparison(lines):
    for line in Path(lines).read_text().splitlines():
        if not line.startswith("{"):
            continue
        result = json.loads(line)
        if "roof" in result:
            show(f"roof/torch/{result['roof']}", result["value"], result["unit"])
            continue
        # PyTorch's side of the comparison, or ours: on the same rows, in turn.
        way = f"pytorch/{result['matmul']}/{result['mode']}" if "mode" in result else f"compared/{result['precision']}"
        name = f"{way}/k{result['k']}"
        show(f"{name}/seconds", result["seconds"], "s")
        show(f"{name}/us_per_step", result["us_per_step"], "us")
        show(f"{name}/ev_percent", 100 * result["ev"]["global"], "%")


def kernels(report, precision):
    """ncu's CSV has a line a metric; those of one launch share an ID."""
    text = Path(report).read_text(errors="replace")
    start = text.find('"ID"')
    if start < 0:
        sys.exit(f"gpu-numbers: {report} holds no table of ncu")
    launches = {}
    for row in csv.DictReader(text[start:].splitlines()):
        try:
            value = float(row["Metric Value"].replace(",", ""))
        except (ValueError, AttributeError, KeyError):
            continue
        launch = launches.setdefault(int(row["ID"]), {"kernel": short_name(row["Kernel Name"])})
        metric, unit = row["Metric Name"], row["Metric Unit"]
        if metric == "Duration" and unit in MICROSECONDS:
            launch["us"] = value * MICROSECONDS[unit]
        elif metric == "Compute (SM) Throughput":
            launch["sm"] = value
        elif metric == "Memory Throughput" and unit == "%":
            launch["memory"] = value
        elif metric == "DRAM Throughput" and unit == "%":
            launch["dram"] = value
    by_kernel = {}
    for launch in launches.values():
        by_kernel.setdefault(launch["kernel"], []).append(launch)
    for kernel, all_of_it in by_kernel.items():
        middle = sorted(all_of_it, key=lambda launch: launch.get("us", 0.0))[len(all_of_it) // 2]
        numbers = "\t".join(f"{middle.get(key, float('nan')):.4g}" for key in ("us", "sm", "memory", "dram"))
        print(f"{precision}\t{kernel}\t{len(all_of_it)}\t{numbers}")


def short_name(kernel):
    """`void sae::encode_kernel<sae::FmaProduct<(int)64>>(sae::Shape, ...)` is encode_kernel<FmaProduct<64>>."""
    name = re.sub(r"^void ", "", kernel).replace("sae::", "").replace("(int)", "").replace("(bool)", "")
    return re.sub(r"\(.*", "", name)


def data(path, rows, columns):
    """Rows of a mean and noise, in numpy's format 1.0."""
    rows, columns = int(rows), int(columns)
    generator = random.Random(0)
    mean = [generator.gauss(0, 0.5) for _ in range(columns)]
    values = array.array("f", (mean[i % columns] + generator.gauss(0, 1) for i in range(rows * columns)))
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values.tobytes())


def summary(folder):
    folder = Path(folder)
    print((folder / "environment.txt").read_text() if (folder / "environment.txt").exists() else "")
    for line in table(folder / "parts.tsv"):
        text = "" if line["result"] == "passed" else line["command or reason"][:160]
        print(f"{line['part']:<28} {line['result']:<9} {line['seconds']:>6} s  {text}".rstrip())
    by_name = {}
    for line in table(folder / "numbers.tsv"):
        by_name.setdefault((line["name"], line["unit"]), []).append(float(line["value"]))
    if by_name:
        print("\nnumber: median (least of n) unit; ratios are PyTorch's median over that of fp32")
    for (name, unit), values in by_name.items():
        middle = statistics.median(values)
        least = f" ({min(values):.5g} of {len(values)})" if len(values) > 1 else ""
        print(f"{name} {middle:.5g}{least} {unit}{ratio(name, middle, by_name)}")
    launches = table(folder / "kernels.tsv")
    if launches:
        print("\nprecision kernel: launches, us each, % of peak: multiprocessors, memory, DRAM")
    for line in launches:
        print(f"{line['precision']} {line['kernel']}: {line['launches']}, {line['microseconds']}, {line['sm_percent']}, "
              f"{line['memory_percent']}, {line['dram_percent']}")


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def ratio(name, seconds, by_name):
    """Of a training in PyTorch to ours in fp32 with the same K."""
    match = re.fullmatch(r"pytorch/.*/(k\d+)/seconds", name)
    ours = by_name.get((f"compared/fp32/{match[1]}/seconds", "s")) if match else None
    return f" = {seconds / statistics.median(ours):.1f}x" if ours else ""


if __name__ == "__main__":
    actions = {action.__name__: action for action in (home, bench, comparison, kernels, data, summary)}
    if len(sys.argv) < 2 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    actions[sys.argv[1]](*sys.argv[2:])
