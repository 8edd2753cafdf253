#!/usr/bin/env python3
"""Times sae-native against PyTorch: same model, data, batch size, epochs and threads, in one run.

  python3 bench/compare_pytorch.py --k 100 300 --threads 2
  python3 bench/compare_pytorch.py --device cuda --modes eager fused graphed --matmul fp32 tf32 --precisions fp32 bf16x3

Makes a seeded data set of the experiment's shape in a temporary folder. In each repeat one PyTorch process, which stays for
the whole run, trains every mode and K, then one sae-native process for each precision trains every K. Printed are the
medians and their ratio, the same of the least times, which other work on the machine disturbs least, and the peak resident
memory of sae-native's process. Both times cover all epochs with their validations, data in memory, and on neither side what
is done once: PyTorch warms up before its clock starts; sae-native's process first trains one SAE that is not counted, and
the first epoch of each training, which allocates and records, counts as the mean of the others. --json FILE keeps every
training, one JSON object a line.

Needs python3 with torch and numpy, a built target/sae-native.jar, and a machine that does nothing else.
"""
import argparse
import concurrent.futures
import contextlib
import itertools
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

TARGET = pathlib.Path(__file__).resolve().parent.parent / "target"
D_IN, TRAIN_ROWS, VALIDATION_ROWS, BATCH_SIZE = 2048, 5978, 1495, 256


def make_data(folder):
    """A mean vector, a power-law background of rank 400 and white noise; explained variance is not the point here."""
    rng = np.random.default_rng(0)
    rank = 400
    spectrum = (np.arange(1, rank + 1) ** -0.7)[:, None]
    background = (rng.standard_normal((rank, D_IN)) * spectrum * 0.1).astype(np.float32)
    mean = (0.4 * rng.standard_normal(D_IN)).astype(np.float32)
    files = []
    for name, n in (("train", TRAIN_ROWS), ("val", VALIDATION_ROWS)):
        x = rng.standard_normal((n, rank), dtype=np.float32) @ background + mean
        x += 0.1 * rng.standard_normal((n, D_IN), dtype=np.float32)
        files.append(folder / f"{name}.npy")
        np.save(files[-1], x)
    return files


def train_pytorch(options):
    """Runs in the process that stays."""
    import pytorch_baseline
    return list(pytorch_baseline.trainings(pytorch_baseline.parse(options)))


def train_sae_native(train, val, precision, args, folder):
    dropped = next(k for k in itertools.count(1) if k not in args.k)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        process = subprocess.Popen(
            [args.java, f"-Dsae.native.path={args.native}", "-jar", args.jar, "--train-data", train, "--val-data", val,
             "--k", *map(str, [dropped, *args.k]), "--threads", str(args.threads), "--epochs", str(args.epochs),
             "--batch-size", str(BATCH_SIZE), "--backend", args.device, "--precision", precision, "--no-analysis",
             "--output-dir", out], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"sae-native failed with status {os.waitstatus_to_exitcode(status)}")
        summary = next(pathlib.Path(out).glob("large_k_summary*.json"))
        results = json.loads(summary.read_text())["sae_native"]["results"]
    steps = args.epochs * -(-TRAIN_ROWS // BATCH_SIZE)
    for k in args.k:
        result = results[str(k)]
        seconds = args.epochs * statistics.mean(result["epoch_seconds"][1:])
        yield {"k": k, "precision": precision, "device": args.device, "threads": args.threads, "seconds": seconds,
               "us_per_step": 1e6 * seconds / steps, "seconds_with_first_epoch": result["seconds"],
               "ev_global": result["ev"]["global"], "peak_mb": usage.ru_maxrss / 1024}


def keep(runs, new, log):
    for run in new:
        runs.append(run)
        print(json.dumps(run), file=log, flush=True)


def print_table(theirs, ours):
    """One line for each K, each way of PyTorch and each precision of sae-native."""
    print(f"{'':>31}  {'median s':^29}  {'least s':^29}\n{'K':>4}  {'PyTorch':<15} {'ours':<8}"
          + f"  {'PyTorch':>8} {'sae-native':>11} {'ratio':>8}" * 2 + "   EV PyTorch / sae-native   peak MB")
    for (k, mode, matmul), torch_runs in groups(theirs, "k", "mode", "matmul"):
        for (_, precision), our_runs in groups((run for run in ours if run["k"] == k), "k", "precision"):
            line = f"{k:>4}  {mode + ' ' + matmul:<15} {precision:<8}"
            for typical in (statistics.median, min):
                torch_s, ours_s = (typical(run["seconds"] for run in runs) for runs in (torch_runs, our_runs))
                line += f"  {torch_s:>8.3f} {ours_s:>11.3f} {torch_s / ours_s:>7.1f}x"
            print(f"{line}   {100 * torch_runs[0]['ev_global']:.2f} / {100 * our_runs[0]['ev_global']:.2f} %            "
                  f"{max(run['peak_mb'] for run in our_runs):>7.0f}")


def groups(runs, *keys):
    """((values of the keys), runs that have them), in the order of their first runs; k before all."""
    grouped = {}
    for run in runs:
        grouped.setdefault(tuple(run[key] for key in keys), []).append(run)
    return sorted(grouped.items(), key=lambda item: item[0][0])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--k", type=int, nargs="+", default=[50, 100, 200, 300])
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--epochs", type=int, default=25, help="at least 2")
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--modes", nargs="+", default=["eager"], help="of pytorch_baseline.py")
    p.add_argument("--matmul", nargs="+", default=["fp32"], help="of pytorch_baseline.py: fp32, tf32")
    p.add_argument("--precisions", nargs="+", default=["fp32"], help="of sae-native: fp32, and on cuda bf16x3, bf16")
    p.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of PyTorch, and the backend of sae-native")
    p.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every training's figures")
    p.add_argument("--java", default="java")
    p.add_argument("--jar", default=TARGET / "sae-native.jar")
    p.add_argument("--native", default=TARGET / "native", help="folder of the native libraries")
    args = p.parse_args()
    if args.epochs < 2:
        p.error("--epochs must be at least 2: the first is not counted")
    theirs, ours = [], []
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = stack.enter_context(open(args.json or os.devnull, "w"))
        # The memory of this process counts in the peak of those that it starts: arrays are made in the other one.
        pytorch = stack.enter_context(concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")))
        train, val = pytorch.submit(make_data, folder).result()
        options = ["--train", str(train), "--val", str(val), "--k", *map(str, args.k), "--modes", *args.modes, "--matmul",
                   *args.matmul, "--device", args.device, "--threads", str(args.threads), "--epochs", str(args.epochs),
                   "--batch-size", str(BATCH_SIZE)]
        for _ in range(args.repeats):
            keep(theirs, pytorch.submit(train_pytorch, options).result(), log)
            for precision in args.precisions:
                keep(ours, train_sae_native(train, val, precision, args, folder), log)
    print_table(theirs, ours)


if __name__ == "__main__":
    main()
