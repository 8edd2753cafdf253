#!/usr/bin/env python3
"""Times sae-native against PyTorch: same model, data, batch size, epochs and threads, in one run.

  python3 bench/compare_pytorch.py --k 100 300 --threads 2
  python3 bench/compare_pytorch.py --device cuda --modes eager fused compiled --tf32

Makes a seeded data set of the experiment's shape in a temporary folder, then for each K lets both sides train it in turn,
several times, and prints the medians and their ratio, the same of the least times, which other work on the machine
disturbs least, and sae-native's peak resident memory. Both times cover the 25 epochs with their validations, data in
memory. Needs python3 with torch and numpy, a built target/sae-native.jar, and a machine that does nothing else.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent / "target"


def make_data(folder, d_in, rows):
    """A mean vector, a power-law background of rank 400 and white noise; explained variance is not the point here."""
    rng = np.random.default_rng(0)
    rank = min(400, d_in)
    spectrum = (np.arange(1, rank + 1) ** -0.7)[:, None]
    background = (rng.standard_normal((rank, d_in)) * spectrum * 0.1).astype(np.float32)
    mean = (0.4 * rng.standard_normal(d_in)).astype(np.float32)
    files = []
    for name, n in zip(("train", "val"), rows):
        x = rng.standard_normal((n, rank), dtype=np.float32) @ background + mean
        x += 0.1 * rng.standard_normal((n, d_in), dtype=np.float32)
        files.append(folder / f"{name}.npy")
        np.save(files[-1], x)
    return files


def run_pytorch(mode, train, val, k, args):
    out = subprocess.run(
        [sys.executable, HERE / "pytorch_baseline.py", "--train", train, "--val", val, "--k", str(k), "--mode", mode,
         "--device", args.device, *(["--tf32"] if args.tf32 else []),
         "--threads", str(args.threads), "--epochs", str(args.epochs)], check=True, capture_output=True, text=True).stdout
    result = json.loads(out.splitlines()[-1])
    return result["seconds"], result["ev_global"]


def run_sae_native(train, val, k, args, folder):
    with tempfile.TemporaryDirectory(dir=folder) as out:
        process = subprocess.Popen(
            [args.java, f"-Dsae.native.path={args.native}", "-jar", args.jar, "--train-data", train, "--val-data", val,
             "--k", str(k), "--threads", str(args.threads), "--epochs", str(args.epochs), "--no-analysis", "--backend", args.device,
             "--output-dir", out], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"sae-native failed with status {status}")
        summary = next(pathlib.Path(out).glob("large_k_summary_*.json"))
        result = json.loads(summary.read_text())["sae_native"]["results"][str(k)]
    return result["seconds"], result["ev_global"], usage.ru_maxrss / 1024


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--k", type=int, nargs="+", default=[50, 100, 200, 300])
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--epochs", type=int, default=25)
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--modes", nargs="+", default=["eager"], help="of pytorch_baseline.py")
    p.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of PyTorch, and the backend of sae-native")
    p.add_argument("--tf32", action="store_true", help="let PyTorch's matrix products round their inputs to TF32 (cuda)")
    p.add_argument("--java", default="java")
    p.add_argument("--jar", default=TARGET / "sae-native.jar")
    p.add_argument("--native", default=TARGET / "native", help="folder of the native libraries")
    args = p.parse_args()
    print(f"{args.device}{', TF32' if args.tf32 else ''}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        train, val = make_data(folder, 2048, (5978, 1495))
        print(f"{'':>14}  {'median s':^29}  {'least s':^29}\n{'K':>4}  {'mode':<8}"
              + f"  {'PyTorch':>8} {'sae-native':>11} {'ratio':>8}" * 2 + "   EV PyTorch / sae-native   peak MB")
        for k in args.k:
            for mode in args.modes:
                pairs = [(run_pytorch(mode, train, val, k, args), run_sae_native(train, val, k, args, folder))
                         for _ in range(args.repeats)]
                columns = ""
                for typical in (statistics.median, min):
                    torch_s, ours_s = (typical(pair[side][0] for pair in pairs) for side in (0, 1))
                    columns += f"  {torch_s:>8.2f} {ours_s:>11.2f} {torch_s / ours_s:>7.1f}x"
                print(f"{k:>4}  {mode:<8}{columns}   {100 * pairs[0][0][1]:.2f} / {100 * pairs[0][1][1]:.2f} %            "
                      f"{max(ours[2] for _, ours in pairs):>7.0f}", flush=True)


if __name__ == "__main__":
    main()
