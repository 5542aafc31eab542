"""The life of a cell: build, open, receipt, warm-up, timed batches, last checks, close.

What is checked: every result of two counted batches, one before the timed ones and one after them, and of the last timed
batch. (fanout-bench itself checks every timed batch.) An independent count of tasks covers all batches, where there is one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Optional, Sequence

from benchmarks.peers import job
from benchmarks.peers.executor import Executor
from benchmarks.peers.failure import Failure, during
from benchmarks.peers.job import Batch
from benchmarks.peers.receipt import Receipt
from benchmarks.peers.report import Report, Timing
from benchmarks.peers.selection import Cell
from benchmarks.peers.system import cpu_time
from benchmarks.peers.workload import Workload

LAW = "last batch"  # which of the timed batches are checked
_MOST_ITERATIONS = 1_000_000_000


@dataclass(frozen=True)
class Measuring:
    """How cells are measured; seconds."""

    warmup: float = 0.12  # of batches before the timed ones, the receipt's included
    min_time: float = 0.5  # of all batches in a repetition
    repetitions: int = 1
    patience: float = 10.0  # with workers that are to meet


class CellAtWork:
    """A cell's workload, and, between open and close, its workers."""

    def __init__(self, cell: Cell, measuring: Measuring) -> None:
        self._cell = cell
        self._measuring = measuring
        self._executor: Optional[Executor] = None
        self._workload: Optional[Workload] = None
        self._results: Sequence[Any] = ()
        tasks = cell.case.tasks
        # Batches are made by the names of functions, which is how they travel to other processes.
        self._timed = Batch(tasks, job.timed, job.timed_async)
        self._counted = Batch(tasks, job.counted, job.counted_async)
        self.receipt = Receipt(cell.at_once, measuring.patience)

    def open(self) -> float:
        """Seconds that the executor took."""
        with during("build"):
            self._workload = self._cell.workload(self._cell.case)
            self._workload.share(self._cell.executor.kind == "processes")
        with during("open"):
            job.install(self._workload, self.receipt)
            start = time.perf_counter()
            self._executor = self._cell.executor(self._cell.workers)
            return time.perf_counter() - start

    def count_and_warm_up(self) -> None:
        start = time.perf_counter()
        with during("receipt"):
            before = self.workload.completed()
            _refuse("", self._count())
            self._require_completed(before, 1)
        with during("run"):
            while time.perf_counter() - start < self._measuring.warmup:
                self.executor.run(self._timed)

    def time(self) -> list[Timing]:
        """Timed batches, their number grown as Google Benchmark grows it; the repetitions all have as many."""
        timings: list[Timing] = []
        batches = 0
        iterations = 1
        with during("run"):
            before = self.workload.completed()
            while len(timings) < self._measuring.repetitions:
                timing = self._repetition(iterations)
                batches += iterations
                if timings or self._is_enough(timing):
                    timings.append(timing)
                else:
                    iterations = self._more(timing)
            self._require_completed(before, batches)
            _refuse("in the last timed batch: ", self.workload.wrong(self._results))
            _refuse("in the batch after the timed ones: ", self._count())
        shortest = min(timing.real / timing.iterations for timing in timings)
        minimum = self.workload.minimum_time(max(1, self._cell.at_once))
        if shortest < minimum:
            reason = f"a batch took {shortest:g} s on average, below the workload's minimum of {minimum:g} s: rejected"
            raise Failure(reason, {}, "impossible")
        return timings

    def close(self) -> float:
        """Ends the workers; seconds that it took."""
        executor, self._executor = self.executor, None
        start = time.perf_counter()
        with during("run"):
            executor.close()
        return time.perf_counter() - start

    def end(self) -> None:
        """Of what there is still, however the cell has ended."""
        try:
            if self._executor is not None:
                self._executor.abort()
        finally:
            job.install(None, None)
            if self._workload is not None:
                self._workload.close()
            self.receipt.close()

    @property
    def executor(self) -> Executor:
        assert self._executor is not None
        return self._executor

    @property
    def workload(self) -> Workload:
        assert self._workload is not None
        return self._workload

    def _repetition(self, iterations: int) -> Timing:
        run, batch, processes = self.executor.run, self._timed, self.executor.processes
        cpu = cpu_time(processes())
        start = time.perf_counter()
        for _ in range(iterations):
            self._results = run(batch)
        real = time.perf_counter() - start
        return Timing(iterations, max(real, 1e-9), max(0.0, cpu_time(processes()) - cpu))

    def _is_enough(self, timing: Timing) -> bool:
        return timing.real >= self._measuring.min_time or timing.iterations >= _MOST_ITERATIONS

    def _more(self, timing: Timing) -> int:
        """Google Benchmark's rule: 40 % more than seems needed, and at most ten times as many while that is a guess."""
        wanted = 1.4 * self._measuring.min_time / timing.real
        significant = timing.real / self._measuring.min_time > 0.1
        times = wanted if significant else min(10.0, wanted)
        return min(_MOST_ITERATIONS, max(int(times * timing.iterations), timing.iterations + 1))

    def _count(self) -> Optional[str]:
        """Runs a counted batch; what was wrong with it."""
        self.receipt.clear()
        digests = self.executor.run(self._counted)
        cell = self._cell
        workers = min(cell.workers, cell.case.tasks)
        wrong = self.receipt.wrong(cell.case.tasks, workers, cell.executor.kept)
        return wrong or self.workload.wrong_digests(digests)

    def _require_completed(self, before: Optional[int], batches: int) -> None:
        after = self.workload.completed()
        if before is None or after is None:
            return
        seen, done = after - before, batches * self._cell.case.tasks
        _refuse("independent count: ", seen != done and f"{seen} completed tasks, expected {done}")


def _refuse(where: str, wrong: object) -> None:
    if wrong:
        raise Failure(f"{where}{wrong}")


def measure(cell: Cell, measuring: Measuring, report: Report) -> None:
    """Ends in report.commit() or report.fail(), and with nothing left over. Lets a KeyboardInterrupt pass."""
    work = CellAtWork(cell, measuring)
    try:
        open_time = work.open()
        work.count_and_warm_up()
        timings = work.time()
        report.commit(cell, timings, open_time, work.close())
    except Failure as failure:
        report.fail(cell, failure)
    except KeyboardInterrupt:
        report.fail(cell, Failure("stopped by a signal", {}, "interrupted"))
        raise
    finally:
        work.end()
