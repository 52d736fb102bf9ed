"""Many streams through the product's replay, on all cores, and what came of each."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.detection.limits import EVERYTHING
from bench.detection.reviewers import RANDOM, Graded, sample_and_grade
from bench.detection.scoring import Figures, Output, aggregate, column, score_run
from bench.detection.shapes import Stream
from bench.detection.streams import simulate

Replayer = Callable[[Stream, Graded], Output]
# One thread a process: the pool has one process a core already.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Run:
    """One stream at one number of grades a day; seconds of wall time."""

    family: str
    seed: int
    graded: int
    figures: Figures
    replay_seconds: float
    simulator_seconds: float


@dataclass(frozen=True)
class Plan:
    """Every family with every seed at every number of grades a day."""

    families: Sequence[str]
    seeds: int
    graded: Sequence[int]
    days: int = 84
    per_day: int = 2000

    @property
    def jobs(self) -> list[tuple[str, int]]:
        """Family and seed; seeds in the outer loop, so that an early stop has seen them all."""
        return [(family, seed) for seed in range(1, self.seeds + 1) for family in self.families]


def graded_by_day(stream: Stream, graded: Graded) -> dict[str, int]:
    """Random grades by the date of their conversation."""
    counts = np.bincount(graded.day[graded.source == RANDOM], minlength=stream.days)
    return {stream.date(day): int(count) for day, count in enumerate(counts)}


def run_job(replay: Replayer, plan: Plan, job: tuple[str, int]) -> list[Run]:
    """One stream, made once, at each number of grades a day."""
    family, seed = job
    began = time.perf_counter()
    stream = simulate(family, seed, plan.per_day, plan.days)
    shared = (time.perf_counter() - began) / len(plan.graded)
    runs = []
    for count in plan.graded:
        began = time.perf_counter()
        graded = sample_and_grade(stream, count)
        made = time.perf_counter()
        output = replay(stream, graded)
        done = time.perf_counter()
        output.setdefault("graded_by_day", graded_by_day(stream, graded))
        figures = score_run(stream.scenario, output)
        runs.append(Run(family, seed, count, figures, done - made, shared + made - began))
    return runs


def run_all(replay: Replayer, plan: Plan, processes: int) -> list[Run]:
    """All jobs of the plan in a pool of processes; `replay` must be a function of a module."""
    work = partial(run_job, replay, plan)
    if processes == 1:
        return [run for job in plan.jobs for run in work(job)]
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    # Spawned, not forked: only a fresh process reads the number of threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        found = pool.map(work, plan.jobs, chunksize=2)
        return [run for runs in found for run in runs]


def summaries(runs: Sequence[Run], days: int) -> dict[tuple[str, int], Figures]:
    """Family and grades a day: the summary; under EVERYTHING the time, a median over all runs."""
    groups: dict[tuple[str, int], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.family, run.graded), []).append(run)
        groups.setdefault((EVERYTHING, run.graded), []).append(run)
    found = {}
    for (family, graded), group in groups.items():
        figures = [run.figures for run in group]
        summary = aggregate(figures)
        seconds = float(np.median([run.replay_seconds for run in group]))
        summary["replay_ms"] = 1000 * seconds
        summary["evaluation_ms"] = 1000 * seconds / days
        summary["found_runs"] = float(np.sum(column(figures, "detected")))
        found[family, graded] = summary
    return found
