"""What cuda_schedule.py reads from instructions made by hand: python3 -m unittest discover -s scripts"""
import struct
import unittest

from cuda_schedule import HMMA_INTERVAL, LATENCY, behind_copies, cycles, decode, loops, rounds

FFMA, HMMA, LDGSTS, LDS, BRA, OTHER = 0x223, 0x23C, 0xFAE, 0x984, 0x947, 0x918
NONE = 7


def made(operation, stall=1, result=NONE, operands=NONE, waits=(), to=0, width=0):
    """The 16 bytes of an instruction. `to` counts instructions from the next one on, 4 units of 4 bytes each."""
    distance = 4 * to & (1 << 56) - 1
    word = operation | (distance & 0xFF) << 16 | distance >> 8 << 34
    word |= (width << 9 | stall << 41 | result << 46 | operands << 49 | sum(1 << board for board in waits) << 52) << 64
    return struct.pack("<QQ", word & (1 << 64) - 1, word >> 64)


def code(*instructions):
    return decode(b"".join(instructions))


class DecodeTest(unittest.TestCase):
    def test_every_field_is_read_from_its_own_bits(self):
        loaded, branch = code(made(LDS, 11, 2, 5, (0, 3), width=6), made(BRA, 5, to=-300))
        self.assertEqual(loaded[:-1], (LDS, 6, 11, 2, 5, 0b1001))
        self.assertEqual((branch.operation, branch.target), (BRA, -300))


class LoopTest(unittest.TestCase):
    def test_a_loop_ends_with_its_branch_backward(self):
        found = loops(code(made(OTHER), made(BRA, to=1), made(OTHER), made(BRA, to=-3), made(FFMA), made(BRA, to=-6),
                           made(BRA, to=-1)))
        self.assertEqual(found, [range(1, 4), range(0, 6)])  # not the branch forward, nor the one to itself

    def test_a_round_is_of_the_innermost_loop_that_copies_and_multiplies(self):
        body = [made(LDGSTS), made(FFMA), made(FFMA), made(BRA, to=-4)]
        instructions = code(made(FFMA), *body, made(FFMA), made(BRA, to=-7), made(LDGSTS), made(BRA, to=-2))
        self.assertEqual(rounds(instructions, {FFMA}, 2), [instructions[1:5]])

    def test_a_turn_inside_is_repeated_until_the_chunk_is_done(self):
        turn = [made(LDS), made(HMMA), made(HMMA), made(BRA, to=-4)]
        instructions = code(made(LDGSTS), *turn, made(OTHER), made(BRA, to=-7))
        expected = code(made(LDGSTS), *turn, *turn, *turn, made(OTHER), made(BRA, to=-7))
        self.assertEqual(rounds(instructions, {HMMA}, 6), [expected])

    def test_without_copies_or_products_there_is_no_main_loop(self):
        for operation in (FFMA, LDGSTS):
            self.assertEqual(rounds(code(made(operation), made(BRA, to=-2)), {FFMA}, 1), [])


class ScheduleTest(unittest.TestCase):
    def test_a_kept_prefetch_has_the_products_behind_it(self):
        products = [made(FFMA)] * 8
        for before, share in ((0, 1.0), (2, 0.75), (8, 0.0)):
            body = code(*products[:before], made(LDGSTS), *products[before:])
            self.assertEqual(behind_copies(body, {FFMA}), share)

    def test_the_last_copy_counts(self):
        body = code(made(LDGSTS), made(FFMA), made(FFMA), made(FFMA), made(LDGSTS), made(FFMA))
        self.assertEqual(behind_copies(body, {FFMA}), 0.25)

    def test_instructions_take_their_stalls(self):
        self.assertEqual(cycles(code(made(FFMA, 1), made(FFMA, 4), made(BRA, 0))), 6)

    def test_a_wait_for_a_load_costs_what_is_left_of_its_latency(self):
        load = made(LDS, 1, result=2)
        self.assertEqual(cycles(code(load, made(FFMA, 1, waits=[2]))), LATENCY[LDS] + 1)
        self.assertEqual(cycles(code(load, made(OTHER, 10), made(FFMA, 1, waits=[2]))), LATENCY[LDS] + 1)
        self.assertEqual(cycles(code(load, made(FFMA, 1, waits=[3]))), 2)

    def test_a_wait_is_for_all_that_hold_the_scoreboard(self):
        loads = [made(LDS, 10, result=1), made(LDS, 10, result=1)]
        self.assertEqual(cycles(code(*loads, made(FFMA, 1, waits=[1]))), 10 + LATENCY[LDS] + 1)

    def test_a_round_waits_for_what_the_one_before_left(self):
        self.assertEqual(cycles(code(made(FFMA, 1, waits=[0]), made(LDS, 1, result=0))), LATENCY[LDS] + 1)

    def test_a_tensor_core_takes_one_product_at_a_time(self):
        self.assertEqual(cycles(code(*[made(HMMA, 2)] * 4)), 4 * HMMA_INTERVAL)


if __name__ == "__main__":
    unittest.main()
