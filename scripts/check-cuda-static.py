#!/usr/bin/env python3
"""Asserts, with nvcc alone, what can be known of the CUDA kernels without a GPU.

For every kernel file and compute capability: it compiles without a warning; every kernel stays within its register
budget and within the multiprocessor's registers and shared memory; no stack, no spills, no local memory. In the PTX: no
atomics on floats. In the machine code of sm_90: the matrix kernels copy 128 bits at a time into shared memory,
asynchronously, and load as much from it; those in bf16 multiply on tensor cores, and no other kernel does. In the main loop
of each of them the copies for a later round go out before most of this one's products, and a round takes not many more
cycles, as cuda_schedule.py counts them, than are recorded here.

usage: check-cuda-static.py [--nvcc NVCC] [--arch sm_90 ...]    exit 0 passed, 1 failed, 77 skipped (no nvcc)
"""
import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cuda_schedule import (FFMA, HMMA, LDGSTS, LDL, LDS, STL, Instruction, behind_copies, cycles, kernels_of, rounds, total)

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src/main/cuda"
SM_REGISTERS = 65536
STATIC_SHARED = 48 * 1024
SM_SHARED = 228 * 1024  # of 9.0; 1 KB goes to each block
LEAST_SM_SHARED = 100 * 1024  # of 8.9, which need not hold more than one block
TILE_SHARED = 96 * 1024  # kTileBytes of matmul_tile.cuh

# The matrix kernels exist once for each product: its mark in a mangled name, the instructions that multiply, how many of
# them a warp issues for a chunk, and registers, threads and blocks as below. A wide tile has 128 columns.
PRODUCTS = {
    f"{precision}{tile}": (f"{mark}{columns}E", *rest)
    for tile, columns in (("", 64), (" wide", 128))
    for precision, mark, *rest in (("fp32", "FmaProductILi", FFMA, 1024, (255, 256, 1)),
                                   ("bf16x3", "TensorProductILi2ELi", HMMA, 48, (128, 256, 2)),
                                   ("bf16", "TensorProductILi1ELi", HMMA, 16, (128, 256, 2)))
}

# Of each of them, the cycles of a round in what this release of nvcc makes of it, and how many times that is allowed. Other
# releases schedule otherwise: theirs are printed and not judged.
CYCLES_RELEASE, CYCLES_SLACK = "13.0", 1.03
MATRIX_KERNELS = {
    "encode_kernel": {"fp32": 1358, "bf16x3": 825, "bf16": 612, "fp32 wide": 1380, "bf16x3 wide": 797, "bf16 wide": 589},
    "decode_loss_dense_kernel": {"fp32": 1281, "bf16x3": 766, "bf16": 505},
    "latent_gradient_dense_kernel": {"fp32": 1355, "bf16x3": 821, "bf16": 597},
    "weight_gradient_dense_kernel": {"fp32": 1363, "bf16x3": 739, "bf16": 542,
                                     "fp32 wide": 1331, "bf16x3 wide": 743, "bf16 wide": 551},
}

# Kernels by name: registers a thread may use, threads of a block, blocks that must fit on a multiprocessor at once.
BUDGETS = {
    **{f"{kernel} {product}": PRODUCTS[product][-1] for kernel, cycles in MATRIX_KERNELS.items() for product in cycles},
    "weight_gradient_dense_kernel fp32": (128, 256, 2),  # Adam of one block runs beside the product of another
    "weight_gradient_dense_kernel fp32 wide": (128, 256, 2),
    "decode_loss_gather_kernel": (64, 128, 8),
    "latent_gradient_gather_kernel": (64, 256, 4),
    "weight_gradient_gather_kernel": (64, 256, 4),
    "b_enc_gather_kernel": (40, 256, 4),
    "centre_rows_kernel": (40, 256, 4),
    "transpose_mask_kernel": (40, 32, 16),
    "decode_sparse_kernel": (40, 128, 8),
    "select_topk_kernel": (64, 512, 2),
    "bias_gradient_adam_kernel": (48, 256, 4),
    "adam_update_kernel": (48, 256, 4),
    "add_columns_kernel": (64, 1024, 1),
    "row_ratio_kernel": (64, 128, 8),
    "firing_kernel": (64, 1024, 1),
    "evaluate_totals_kernel": (64, 256, 1),
    "probe_kernel": (16, 32, 1),
}

WIDTH_128 = 6


def kernel_name(symbol: str) -> str:
    """The plain name inside a mangled one: the longest known name that occurs in it, and its product."""
    found = [name for name in {name.split()[0] for name in BUDGETS} if re.search(rf"\d{name}", symbol)]
    if not found:
        return symbol
    name = max(found, key=len)
    return " ".join([name, *(product for product, (mark, *_) in PRODUCTS.items() if mark in symbol)])


def run(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


def check_resources(report: str, where: str, problems: list[str]) -> set[str]:
    """The output of ptxas -v: one paragraph a kernel."""
    seen = set()
    for paragraph in report.split("Compiling entry function '")[1:]:
        name = kernel_name(paragraph.split("'", 1)[0])
        here = f"{where}: {name}"
        seen.add(name)
        if name not in BUDGETS:
            problems.append(f"{here}: has no budget in this script")
            continue
        most, threads, blocks = BUDGETS[name]
        stack, stores, loads = map(int, re.search(
            r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", paragraph).groups())
        registers = int(re.search(r"Used (\d+) registers", paragraph).group(1))
        static = re.search(r"(\d+) bytes smem", paragraph)
        static = int(static.group(1)) if static else 0
        shared = static + 1024 + (TILE_SHARED if name.split()[0] in MATRIX_KERNELS else 0)
        if stack or stores or loads:
            problems.append(f"{here}: {stack} bytes of stack, {stores} + {loads} bytes of spills")
        if registers > most:
            problems.append(f"{here}: {registers} registers, budget {most}")
        if -(-registers // 8) * 8 * threads * blocks > SM_REGISTERS:
            problems.append(f"{here}: {blocks} blocks of {threads} threads do not fit with {registers} registers")
        if static > STATIC_SHARED:
            problems.append(f"{here}: {static} bytes of static shared memory")
        if shared > LEAST_SM_SHARED or shared * blocks > SM_SHARED:
            problems.append(f"{here}: {blocks} blocks do not fit with {shared} bytes of shared memory")
    return seen


def check_ptx(ptx: str, where: str, problems: list[str]) -> None:
    for line in ptx.splitlines():
        if re.search(r"\b(atom|red)\.\S*\.(f16|bf16|f32|f64)", line):
            problems.append(f"{where}: an atomic on floats: {line.strip()}")
        if re.search(r"\b(ld|st)\.local", line):
            problems.append(f"{where}: local memory: {line.strip()}")


def check_code(cubin: bytes, where: str, budgeted: bool, problems: list[str]) -> None:
    for symbol, code in kernels_of(cubin):
        name = kernel_name(symbol)
        here = f"{where}: {name}"
        kernel, _, product = name.partition(" ")
        if total(code, LDL | STL):
            problems.append(f"{here}: local memory in the machine code")
        if total(code, HMMA) and not product.startswith("bf16"):
            problems.append(f"{here}: multiplies on tensor cores")
        if kernel in MATRIX_KERNELS and product:
            wide = [instruction for instruction in code if instruction.width == WIDTH_128]
            for kind, text in ((LDGSTS, "copy from global memory"), (LDS, "load from shared memory")):
                if not total(wide, kind):
                    problems.append(f"{here}: no 128-bit {text}")
            check_schedule(code, kernel, product, budgeted, here, problems)


def check_schedule(code: list[Instruction], kernel: str, product: str, budgeted: bool, here: str,
                   problems: list[str]) -> None:
    _, products, chunk, _ = PRODUCTS[product]
    found = rounds(code, products, chunk)
    if not found:
        problems.append(f"{here}: no loop holds both copies and products")
    for body in found:
        share, taken, recorded = behind_copies(body, products), cycles(body), MATRIX_KERNELS[kernel][product]
        print(f"{here}: {taken} cycles a round, recorded {recorded}; {share:.0%} of its products follow its copies")
        if total(body, products) != chunk:
            problems.append(f"{here}: {total(body, products)} products a round, expected {chunk}")
        if share <= 0.5:
            problems.append(f"{here}: the copies of a round come behind most of its products")
        if budgeted and taken > CYCLES_SLACK * recorded:
            problems.append(f"{here}: {taken} cycles a round, at most {CYCLES_SLACK * recorded:.0f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nvcc", default=shutil.which("nvcc"))
    parser.add_argument("--arch", nargs="+", default=["sm_90"])
    options = parser.parse_args()
    if not options.nvcc:
        print("skipped: nvcc was not found")
        return 77
    common = [options.nvcc, "-std=c++17", "-O3", "-fmad=false", "-lineinfo", "-Werror", "all-warnings",
              "-I", str(ROOT / "native/include"), "-I", str(ROOT / "native/src"), "-I", str(FOLDER)]
    budgeted = f"release {CYCLES_RELEASE}," in run([options.nvcc, "--version"])
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for arch in options.arch:
            seen: set[str] = set()
            for source in sorted(FOLDER.glob("*/*.cu")):
                where = f"{source.name} {arch}"
                cubin, ptx = Path(folder, "kernel.cubin"), Path(folder, f"{source.stem}.ptx")
                report = run([*common, f"-arch={arch}", "-Xptxas", "-v,-Werror", "-cubin", "-keep", "-keep-dir", folder,
                              "-o", str(cubin), str(source)])
                seen |= check_resources(report, where, problems)
                check_ptx(ptx.read_text(), where, problems)
                if arch == "sm_90":
                    check_code(cubin.read_bytes(), where, budgeted, problems)
            problems += [f"{arch}: kernel {name} was not found" for name in sorted(BUDGETS.keys() - seen)]
    for problem in problems:
        print(problem)
    print(f"{len(BUDGETS)} kernels for {', '.join(options.arch)}: {'passed' if not problems else 'failed'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
