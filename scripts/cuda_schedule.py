"""Reads sm_90 machine code and follows one warp through the main loops of the matrix kernels; needs no GPU.

A main loop is the innermost one that holds both asynchronous copies and the products. One round of it is simulated:
instructions issue in order, each after the stall count of the one before and after every scoreboard that it waits for; a
scoreboard is free once the instructions that hold it have their results, or have read their operands, by the latencies
below. A tensor core takes one product of the warp at a time. A loop inside repeats until the products of a chunk are done.

Assumed: the latencies, which are round numbers of cycles, not measured by this project; global loads hit L2; the copies
that the loop waits for arrived long ago; branches forward are not taken. What it cannot tell: other warps, who hide these
waits and compete for the same units, bank conflicts, waiting at barriers, instructions that are not in a cache. So the
cycles compare schedules of one loop; they predict no time.
"""
import struct
from collections.abc import Iterator
from typing import NamedTuple

# Operations, as the low 12 bits of an instruction name them.
FFMA, HMMA = {0x223, 0x423, 0x823, 0xC23}, {0x23C}
LDG, LDGSTS, LDS, LDL, STL = {0x981}, {0xFAE}, {0x984}, {0x983}, {0x387, 0x987}
BRA = {0x947}

SCOREBOARDS = 6
# Cycles until a result is there that a scoreboard announces, and until the operands are read. What takes a fixed time,
# FFMA and HMMA among it, has its latency in the stall counts.
LATENCY = {**dict.fromkeys(LDS, 30), **dict.fromkeys(LDG, 300)}
OTHER_LATENCY, READ = 20, 15
HMMA_INTERVAL = 8  # of two of one warp


class Instruction(NamedTuple):
    operation: int
    width: int  # of a load; 6 means 128 bits
    stall: int  # cycles until the next one may issue
    result: int  # the scoreboard held until the result is there; 7 for none
    operands: int  # the scoreboard held until the operands are read; 7 for none
    waits: int  # a bit for each scoreboard that must be free
    target: int  # of a branch: instructions from the next one on


def decode(code: bytes) -> list[Instruction]:
    instructions = []
    for low, high in struct.iter_unpack("<QQ", code):
        # The distance of a branch in units of 4 bytes: bits 34 to 81, signed, above bits 16 to 23.
        far = (low >> 34 | high << 30) & (1 << 48) - 1
        distance = (far - (far >> 47 << 48)) << 8 | low >> 16 & 0xFF
        instructions.append(Instruction(low & 0xFFF, high >> 9 & 7, high >> 41 & 15, high >> 46 & 7, high >> 49 & 7,
                                        high >> 52 & 63, distance // 4))
    return instructions


def kernels_of(cubin: bytes) -> Iterator[tuple[str, list[Instruction]]]:
    """(symbol, instructions) of every kernel in an ELF cubin."""
    table, = struct.unpack_from("<Q", cubin, 0x28)
    count, names = struct.unpack_from("<HH", cubin, 0x3C)
    sections = [struct.unpack_from("<IIQQQQIIQQ", cubin, table + 64 * i) for i in range(count)]
    for section in sections:
        start = sections[names][4] + section[0]
        name = cubin[start:cubin.index(b"\0", start)].decode()
        if name.startswith(".text."):
            yield name[len(".text."):], decode(cubin[section[4]:section[4] + section[5]])


def total(code: list[Instruction], kinds: set[int]) -> int:
    return sum(instruction.operation in kinds for instruction in code)


def loops(code: list[Instruction]) -> list[range]:
    """What lies between a branch backward and its target, both included."""
    return [range(n + 1 + branch.target, n + 1) for n, branch in enumerate(code)
            if branch.operation in BRA and -n - 1 <= branch.target < -1]


def rounds(code: list[Instruction], products: set[int], chunk: int) -> list[list[Instruction]]:
    """One round of each main loop as it is issued: a loop of products inside is repeated until `chunk` of them are done."""
    body = lambda loop: code[loop.start:loop.stop]
    inside = lambda inner, outer: inner != outer and outer.start <= inner.start and inner.stop <= outer.stop
    multiplying = [loop for loop in loops(code) if total(body(loop), products)]
    copying = [loop for loop in multiplying if total(body(loop), LDGSTS)]
    found = []
    for loop in copying:
        if any(inside(other, loop) for other in copying):
            continue
        inner = max((other for other in multiplying if inside(other, loop)), key=len, default=range(loop.stop, loop.stop))
        turn = body(inner)
        once = total(turn, products)
        turns = (chunk - total(body(loop), products) + once) // once if once else 0
        found.append(code[loop.start:inner.start] + turns * turn + code[inner.stop:loop.stop])
    return found


def behind_copies(body: list[Instruction], products: set[int]) -> float:
    """The share of a round's products that follow the last of its copies, and hide them."""
    last = max(n for n, instruction in enumerate(body) if instruction.operation in LDGSTS)
    return total(body[last:], products) / total(body, products)


def cycles(body: list[Instruction]) -> int:
    """Of the third of three rounds: by then what one leaves behind is waited for in the next."""
    now = start = tensor_core = 0
    free = [0] * (SCOREBOARDS + 2)  # the last one stands for none
    for _ in range(3):
        start = now
        for instruction in body:
            now = max([now, *(free[board] for board in range(SCOREBOARDS) if instruction.waits >> board & 1)])
            if instruction.operation in HMMA:
                now = max(now, tensor_core)
                tensor_core = now + HMMA_INTERVAL
            done = now + LATENCY.get(instruction.operation, OTHER_LATENCY)
            free[instruction.result] = max(free[instruction.result], done)
            free[instruction.operands] = max(free[instruction.operands], now + READ)
            now += max(instruction.stall, 1)
    return now - start
