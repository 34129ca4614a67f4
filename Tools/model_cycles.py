"""Prints the instructions of a span that count_instructions.c has counted, by function, and the cycles that llvm-mca gives them.

    model_cycles.py SPAN --mc LLVM-MC --mca LLVM-MCA [--processors …] [--multiply-adds N --lanes N]

The model knows pipelines, but no caches and no mispredicted branches. It is run on the blocks that make up most of the
instructions, each as a loop of its own, and scaled up to all of them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ITERATIONS = 30
COVERAGE = 0.97
ATTRIBUTES = "+fullfp16,+dotprod,+i8mm,+sve,+lse"
# Multiply-adds of vectors, which these processors begin up to two of in a cycle.
MULTIPLY = re.compile(r"(fml[as]|s?u?dot|u?s?mmla|s?u?mlal2?|ml[as])\b.*\bv\d+\.")
MULTIPLIES_A_CYCLE = 2
# What a model lacks is a cycle's nothing; none of it is in a kernel's loop.
UNKNOWN = re.compile(r"(mrs|msr|svc|bti|dmb|hint|paci|auti|udf)")
# The most instructions a cycle that are decoded, where the model leaves that out.
DECODED = {"neoverse-n1": 4}


@dataclass
class Block:
    """Instructions that are run one after the other, equally often."""

    function: str
    address: int
    runs: int
    code: list[str]
    text: list[str] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.address + 4 * len(self.code)

    @property
    def instructions(self) -> int:
        return self.runs * len(self.code)

    @property
    def multiplies(self) -> int:
        return self.runs * sum(bool(MULTIPLY.match(line)) for line in self.text)


def read_span(path: Path) -> list[Block]:
    blocks = []
    for line in path.read_text().splitlines():
        function, address, runs, code = line.split(" ")
        blocks.append(Block(function, int(address, 16), int(runs), re.findall(".{8}", code)))
    return blocks


def joined(blocks: list[Block]) -> list[Block]:
    """The blocks, with those made one of that follow each other and are run equally often (but for a few times)."""
    result: list[Block] = []
    waiting = {block.address: block for block in sorted(blocks, key=lambda block: block.instructions)}
    result += [block for block in blocks if waiting[block.address] is not block]
    for address in sorted(waiting):
        if address not in waiting:
            continue
        block = waiting.pop(address)
        while (after := waiting.get(block.end)) and abs(after.runs - block.runs) <= max(2, block.runs // 200):
            block.code = block.code + waiting.pop(after.address).code
        result.append(block)
    return result


def disassemble(blocks: list[Block], mc: list[str]) -> None:
    def bytes_of(word: str) -> str:
        return " ".join("0x" + word[i : i + 2] for i in (6, 4, 2, 0))

    words = "\n".join(bytes_of(word) for block in blocks for word in block.code)
    printed = subprocess.run(
        [*mc, "--disassemble", "-triple=aarch64", "-mattr=+all"], input=words, capture_output=True, text=True, check=True)
    lines = [line.strip() for line in printed.stdout.splitlines()]
    lines = [line for line in lines if line and not line.startswith(".")]
    if len(lines) != sum(len(block.code) for block in blocks):
        raise SystemExit(f"llvm-mc does not know an instruction: {printed.stderr[:300]}")
    for block in blocks:
        block.text, lines = lines[: len(block.code)], lines[len(block.code) :]


def modelled_cycles(blocks: list[Block], processor: str, mca: list[str]) -> list[float]:
    """Cycles of one run of each block."""
    program = []
    for index, block in enumerate(blocks):
        program.append(f"# LLVM-MCA-BEGIN {index}")
        program += ["nop" if UNKNOWN.match(line) else line for line in block.text]
        program.append("# LLVM-MCA-END")
    printed = subprocess.run(
        [*mca, "-mtriple=aarch64", f"-mcpu={processor}", f"-mattr={ATTRIBUTES}", f"-iterations={ITERATIONS}",
         "-instruction-info=0", "-resource-pressure=0", "-call-latency=10"],
        input="\n".join(program) + "\n", capture_output=True, text=True)
    cycles = [int(total) / ITERATIONS for total in re.findall(r"Total Cycles:\s+(\d+)", printed.stdout)]
    if len(cycles) != len(blocks):
        raise SystemExit(f"llvm-mca does not model all blocks for {processor}: {printed.stderr[:300]}")
    decoded = DECODED.get(processor, float("inf"))
    return [max(count, len(block.code) / decoded) for count, block in zip(cycles, blocks)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("span", type=Path)
    parser.add_argument("--mc", required=True, help="the command llvm-mc")
    parser.add_argument("--mca", required=True, help="the command llvm-mca, of LLVM 19")
    parser.add_argument("--processors", default="neoverse-n1,cortex-a55,cortex-a510")
    parser.add_argument("--multiply-adds", type=int, help="those of the network")
    parser.add_argument("--lanes", type=int, help="multiply-adds of one instruction")
    parser.add_argument("--blocks", type=int, default=0, help="how many of the blocks with the most instructions to print")
    options = parser.parse_args()
    processors = options.processors.split(",")

    blocks = sorted(joined(read_span(options.span)), key=lambda block: -block.instructions)
    total = sum(block.instructions for block in blocks)
    functions: Counter[str] = Counter()
    for block in blocks:
        functions[block.function] += block.instructions
    covered, taken = 0, []
    for block in blocks:
        if covered >= COVERAGE * total:
            break
        taken.append(block)
        covered += block.instructions
    disassemble(taken, options.mc.split())
    cycles = {processor: modelled_cycles(taken, processor, options.mca.split()) for processor in processors}

    all_cycles = {
        processor: sum(count * block.runs for count, block in zip(cycles[processor], taken)) * total / covered
        for processor in processors}
    print(f"{total / 1e6:.1f} M instructions; M cycles:",
          ", ".join(f"{processor} {count / 1e6:.1f}" for processor, count in all_cycles.items()))
    if options.multiply_adds and options.lanes:
        bound = options.multiply_adds / options.lanes / MULTIPLIES_A_CYCLE
        print(f"{100 * bound / all_cycles[processors[0]]:.0f} % of the multiply-adds that {processors[0]} can do")

    print(f"\n{'function':44}{'M instr.':>10}{'multiplies':>12}"
          + "".join(f"{processor:>14}" for processor in processors) + f"{'of issue':>10}")
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * (1 + len(processors)))
    for index, block in enumerate(taken):
        row = sums[block.function]
        row[0] += block.multiplies
        for place, processor in enumerate(processors):
            row[1 + place] += cycles[processor][index] * block.runs
    for function, count in functions.most_common(20):
        multiplies, *by_processor = sums[function] if function in sums else [0.0] * (1 + len(processors))
        if not by_processor[0]:
            break
        share = f"{100 * multiplies / MULTIPLIES_A_CYCLE / by_processor[0]:9.0f}%" if multiplies else ""
        print(f"{'(libraries)' if function == '-' else function[:43]:44}{count / 1e6:10.2f}{multiplies / 1e6:12.2f}"
              + "".join(f"{count / 1e6:14.2f}" for count in by_processor) + share)
    for index, block in enumerate(taken[: options.blocks]):
        print(f"\n{block.function} at {block.address:x}: {len(block.code)} instructions × {block.runs}, cycles",
              ", ".join(f"{processor} {cycles[processor][index]:.1f}" for processor in processors))
        print("\n".join("  " + line.replace("\t", " ") for line in block.text))


if __name__ == "__main__":
    main()
