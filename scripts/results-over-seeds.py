#!/usr/bin/env python3
"""Makes the README's table of results, each figure as its range over seeds: scripts/results-over-seeds.py [OPTION...]

Runs `java -jar target/sae-native.jar --k 50 75 100 200 300 --seed S` on the built-in synthetic set for every seed and puts

  README.md                           the table, between <!-- results:seeds --> and <!-- /results:seeds -->
  results/reference/synthetic/        seeds.tsv, every figure of every seed; summary and two figures of the first seed
  results/reference/README.md         command, commit, version and processor

in place of what is there. Nothing is written unless every run has succeeded.

Exit code: 0 done, 1 refused with one line that says why, 2 wrong usage.
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KS = [50, 75, 100, 200, 300]
PUBLISHED_EV = {50: 84.92, 75: 86.79, 100: 87.83, 200: 90.18, 300: 91.60}
PUBLISHED_ALIVE = {50: 348, 75: 455, 100: 508, 200: 512, 300: 512}
# name in seeds.tsv: how it is found in {summary, analysis} of one K
FIGURES = {
    "ev_percent": lambda s, a: 100 * s["metrics"]["explained_variance"],
    "alive": lambda s, a: s["metrics"]["num_active_features"],
    "published": lambda s, a: rule(a, "published")["count"],
    "published_by_chance": lambda s, a: rule(a, "published")["chance"]["mean"],
    "sound": lambda s, a: rule(a, "sound")["count"],
    "sound_by_chance": lambda s, a: rule(a, "sound")["chance"]["mean"],
}
DECIMALS = {"ev_percent": 2, "published_by_chance": 1, "sound_by_chance": 1}


class Refused(Exception):
    """A run or a document is not as it must be."""


def rule(analysis, name):
    return analysis["labelled"]["specialised"][name]


def command(seed):
    return ["--k", *map(str, KS), "--seed", str(seed)]


def run(java, jar, seed, folder):
    words = [java, "-jar", str(jar), *command(seed), "--backend", "cpu", "--output-dir", str(folder)]
    if subprocess.run(words, stdout=sys.stderr).returncode:
        raise Refused(f"seed {seed} failed: {' '.join(words)}")
    summary = json.loads(next(folder.glob("large_k_summary*.json")).read_text())
    analyses = {k: json.loads(next(folder.glob(f"analysis/analysis*_k{k}.json")).read_text()) for k in KS}
    figures = {k: {name: find(summary["results"][str(k)], analyses[k]) for name, find in FIGURES.items()} for k in KS}
    return figures, summary


def span(values, decimals):
    texts = [f"{value:.{decimals}f}" for value in (min(values), max(values))]
    return texts[0] if texts[0] == texts[1] else "–".join(texts)


def table(seeds):
    """Markdown: a row a K, each figure from its least to its largest over the seeds."""
    lines = ["| K | EV % published | EV % | alive published | alive | specialised, published rule | by chance"
             " | specialised, sound rule | by chance |", "|---|---|---|---|---|---|---|---|---|"]
    for k in KS:
        cells = {name: span([figures[k][name] for figures in seeds.values()], DECIMALS.get(name, 0)) for name in FIGURES}
        lines.append(f"| {k} | {PUBLISHED_EV[k]:.2f} | {cells['ev_percent']} | {PUBLISHED_ALIVE[k]} | {cells['alive']} | "
                     + " | ".join(cells[name] for name in list(FIGURES)[2:]) + " |")
    return "\n".join(lines)


def between(text, name, content):
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(start) != 1 or text.count(end) != 1:
        raise Refused(f"README.md needs {start} and {end}, each once")
    return text[:text.index(start) + len(start)] + "\n" + content + "\n" + text[text.index(end):]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 (%(default)s)")
    parser.add_argument("--jar", type=Path, default=ROOT / "target/sae-native.jar")
    parser.add_argument("--java", default="java")
    args = parser.parse_args()
    if args.seeds < 5:
        parser.error("--seeds must be at least 5: a range over fewer says little")
    if not args.jar.exists():
        raise Refused(f"there is no {args.jar}: build it with ./sae-native --help")
    readme = ROOT / "README.md"
    seeds = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.seeds):
            seeds[seed], summary = run(args.java, args.jar, seed, Path(folder) / str(seed))
        computer = summary["sae_native"]["results"][str(KS[0])]["computed_by"]
        made = f"seeds 0 to {args.seeds - 1}; {computer['version']}, cpu: {computer['runs_on']}"
        text = between(readme.read_text(), "results:seeds", f"{made}.\n\n{table(seeds)}")
        first = Path(folder) / "0"
        reference = ROOT / "results/reference/synthetic"
        shutil.rmtree(reference, ignore_errors=True)
        reference.mkdir(parents=True)
        for file in ["large_k_summary_layer14_pos3.json", "figures/large_k_comparison.png",
                     "figures/large_k_activation_curves.png"]:
            shutil.copy(first / file, reference)
    names = list(FIGURES)
    rows = ["\t".join(["seed", "k", *names])]
    rows += ["\t".join([str(s), str(k), *(f"{figures[k][n]:.6g}" for n in names)]) for s, figures in seeds.items() for k in KS]
    (reference / "seeds.tsv").write_text("\n".join(rows) + "\n")
    (reference.parent / "README.md").write_text(f"""# Reference results

`synthetic` is the complete experiment on the built-in synthetic set, made by `scripts/results-over-seeds.py`: for each seed S
`sae-native {' '.join(command('S'))} --backend cpu`.

{made}; {computer['system']}, Java {computer['java']}.

`seeds.tsv` has every figure of every seed, the other files are of seed 0. Another version, backend or instruction set rounds
differently: counts of latents move by a few.
""")
    readme.write_text(text)


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"results-over-seeds.py: {refused}")
