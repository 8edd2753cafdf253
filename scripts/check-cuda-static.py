#!/usr/bin/env python3
"""Asserts, with nvcc alone, what can be known of the CUDA kernels without a GPU.

For every kernel file and compute capability: it compiles without a warning; every kernel stays within its register
budget and within the multiprocessor's registers and shared memory; no stack, no spills, no local memory. In the PTX: no
atomics on floats. In the machine code of sm_90: the matrix kernels copy 128 bits at a time into shared memory,
asynchronously, and load as much from it; those in bf16 multiply on tensor cores, and no other kernel does.

usage: check-cuda-static.py [--nvcc NVCC] [--arch sm_90 ...]    exit 0 passed, 1 failed, 77 skipped (no nvcc)
"""
import argparse
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src/main/cuda"
SM_REGISTERS = 65536
STATIC_SHARED = 48 * 1024
SM_SHARED = 228 * 1024  # of 9.0; 1 KB goes to each block
LEAST_SM_SHARED = 100 * 1024  # of 8.9, which need not hold more than one block
TILE_SHARED = 96 * 1024  # kTileBytes of matmul_tile.cuh

# The matrix kernels exist once for each product: its mark in a mangled name, the mma of an unrolled turn of its loop, and
# the budget where another one is not named: two weight blocks on a multiprocessor, so that Adam of one runs beside the
# product of the other.
MATRIX_KERNELS = {"encode_kernel": {}, "decode_loss_dense_kernel": {}, "latent_gradient_dense_kernel": {},
                  "weight_gradient_dense_kernel": {"fp32": (128, 256, 2)}}
PRODUCTS = {
    "fp32": ("FmaProduct", 0, (255, 256, 1)),
    "bf16x3": ("TensorProductILi2E", 48, (128, 256, 2)),
    "bf16": ("TensorProductILi1E", 8, (128, 256, 2)),
}

# Kernels by name: registers a thread may use, threads of a block, blocks that must fit on a multiprocessor at once.
BUDGETS = {
    **{f"{kernel} {product}": own.get(product, budget)
       for kernel, own in MATRIX_KERNELS.items() for product, (_, _, budget) in PRODUCTS.items()},
    "decode_loss_gather_kernel": (64, 128, 8),
    "latent_gradient_gather_kernel": (64, 256, 4),
    "weight_gradient_gather_kernel": (64, 256, 4),
    "b_enc_gather_kernel": (40, 256, 4),
    "centre_rows_kernel": (40, 256, 4),
    "transpose_mask_kernel": (40, 32, 16),
    "decode_sparse_kernel": (40, 128, 8),
    "select_topk_kernel": (48, 512, 2),
    "bias_gradient_adam_kernel": (48, 256, 4),
    "adam_update_kernel": (48, 256, 4),
    "add_columns_kernel": (64, 1024, 1),
    "row_ratio_kernel": (64, 128, 8),
    "firing_kernel": (64, 1024, 1),
    "evaluate_totals_kernel": (64, 256, 1),
    "probe_kernel": (16, 32, 1),
}

# sm_90 instructions are 128 bits; the low 12 name the operation, three bits the width of a load.
FFMA, HMMA = {0x223, 0x423, 0x823, 0xC23}, {0x23C}
LDGSTS, LDS, LDL, STL = {0xFAE}, {0x984}, {0x983}, {0x387, 0x987}
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


def kernels_of(cubin: bytes):
    """(symbol, machine code) of every kernel in an ELF cubin."""
    table, = struct.unpack_from("<Q", cubin, 0x28)
    count, names = struct.unpack_from("<HH", cubin, 0x3C)
    sections = [struct.unpack_from("<IIQQQQIIQQ", cubin, table + 64 * i) for i in range(count)]
    for section in sections:
        start = sections[names][4] + section[0]
        name = cubin[start:cubin.index(b"\0", start)].decode()
        if name.startswith(".text."):
            yield name[len(".text."):], cubin[section[4]:section[4] + section[5]]


def check_code(cubin: bytes, where: str, problems: list[str]) -> None:
    for symbol, code in kernels_of(cubin):
        name = kernel_name(symbol)
        operations, wide = Counter(), Counter()
        for low, high in struct.iter_unpack("<QQ", code):
            operation = low & 0xFFF
            operations[operation] += 1
            wide[operation] += (high >> 9 & 7) == WIDTH_128
        total = lambda counter, kinds: sum(counter[kind] for kind in kinds)
        if total(operations, LDL | STL):
            problems.append(f"{where}: {name}: local memory in the machine code")
        kernel, _, product = name.partition(" ")
        products = PRODUCTS[product][1] if product else 0
        if (found := total(operations, HMMA)) < products or (found and not products):
            problems.append(f"{where}: {name}: {found} products on tensor cores, expected {products or 'none'}")
        if kernel in MATRIX_KERNELS:
            for kind, text in ((LDGSTS, "copy from global memory"), (LDS, "load from shared memory")):
                if not total(wide, kind):
                    problems.append(f"{where}: {name}: no 128-bit {text}")
            if not products and total(operations, FFMA) < 1024:  # of a chunk
                problems.append(f"{where}: {name}: {total(operations, FFMA)} FFMAs, the inner loop is not unrolled")


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
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for arch in options.arch:
            seen: set[str] = set()
            for source in sorted(FOLDER.glob("*.cu")):
                where = f"{source.name} {arch}"
                cubin, ptx = Path(folder, "kernel.cubin"), Path(folder, f"{source.stem}.ptx")
                report = run([*common, f"-arch={arch}", "-Xptxas", "-v,-Werror", "-cubin", "-keep", "-keep-dir", folder,
                              "-o", str(cubin), str(source)])
                seen |= check_resources(report, where, problems)
                check_ptx(ptx.read_text(), where, problems)
                if arch == "sm_90":
                    check_code(cubin.read_bytes(), where, problems)
            problems += [f"{arch}: kernel {name} was not found" for name in sorted(BUDGETS.keys() - seen)]
    for problem in problems:
        print(problem)
    print(f"{len(BUDGETS)} kernels for {', '.join(options.arch)}: {'passed' if not problems else 'failed'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
