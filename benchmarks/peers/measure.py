"""The life of a cell: build, open, receipt, warm-up, timed batches, last checks, close.

Checked are all results of the last timed batch, and of two counted batches, one before the timed ones and one after
them; an independent count of tasks, where there is one, covers every batch.
"""

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, Optional, Sequence

from benchmarks.peers import job
from benchmarks.peers.executor import Executor
from benchmarks.peers.failure import Failure, during
from benchmarks.peers.receipt import Receipt
from benchmarks.peers.report import Report, Timing
from benchmarks.peers.selection import Cell
from benchmarks.peers.system import cpu_time
from benchmarks.peers.workload import Workload

LAW = "last batch"  # which of the timed batches are checked; fanout-bench checks every one
_MOST_ITERATIONS = 1_000_000_000


@dataclass(frozen=True)
class Measuring:
    """How cells are measured; seconds."""

    warmup: float = 0.12  # of batches before the timed ones, the receipt's included
    min_time: float = 0.5  # of all batches in a repetition
    repetitions: int = 1
    patience: float = 10.0  # with workers that are to meet


def measure(cell: Cell, measuring: Measuring, report: Report) -> None:
    """Ends in report.commit() or report.fail(), and with nothing left over. Lets a KeyboardInterrupt pass."""
    try:
        with ExitStack() as owned:
            receipt = owned.enter_context(closing(Receipt(cell.at_once, measuring.patience)))
            with during("build"):
                workload = owned.enter_context(closing(cell.workload(cell.case)))
                workload.share(cell.executor.memory == "forked")
            job.install(workload, receipt)
            owned.callback(job.install, None, None)
            start = time.perf_counter()
            with during("open"):
                executor = cell.executor(cell.workers)
            facts = {"open_time": time.perf_counter() - start}
            try:
                timings = _Open(cell, measuring, workload, executor, receipt).measure()
                start = time.perf_counter()
                with during("run"):
                    executor.close()
                facts["close_time"] = time.perf_counter() - start
            except BaseException:
                executor.abort()
                raise
        report.commit(cell, timings, facts)
    except Failure as failure:
        report.fail(cell, failure)
    except KeyboardInterrupt:
        report.fail(cell, Failure("stopped by a signal", {}, "interrupted"))
        raise


@dataclass(frozen=True)
class _Open:
    """A cell whose workers live."""

    cell: Cell
    measuring: Measuring
    workload: Workload
    executor: Executor
    receipt: Receipt

    def measure(self) -> list[Timing]:
        start = time.perf_counter()
        with during("receipt"):
            before = self.workload.completed()
            _refuse("", self._count())
            self._require_completed(before, 1)
        with during("run"):
            while time.perf_counter() - start < self.measuring.warmup:
                self._repetition(1)
            timings = self._time()
            shortest = min(timing.real / timing.iterations for timing in timings)
            minimum = self.workload.minimum_time(max(1, self.cell.at_once))
            if shortest < minimum:
                took = f"a batch took {shortest:g} s on average"
                limit = f"below the workload's minimum of {minimum:g} s"
                raise Failure(f"{took}, {limit}: rejected", {}, "impossible")
        return timings

    def _time(self) -> list[Timing]:
        """Timed batches, their number grown as Google Benchmark grows it; each repetition has the same number."""
        timings: list[Timing] = []
        batches, iterations = 0, 1
        before = self.workload.completed()
        while len(timings) < self.measuring.repetitions:
            timing, results = self._repetition(iterations)
            batches += iterations
            if timings or timing.real >= self.measuring.min_time or iterations >= _MOST_ITERATIONS:
                timings.append(timing)
            else:
                iterations = self._more(timing)
        self.executor.require_workers()
        self._require_completed(before, batches)
        _refuse("in the last timed batch: ", self.workload.wrong(results))
        _refuse("in the batch after the timed ones: ", self._count())
        return timings

    def _repetition(self, iterations: int) -> tuple[Timing, Sequence[Any]]:
        """And the results of its last batch."""
        run, processes = self.executor.run, self.executor.processes
        batch = job.Batch(self.cell.case.tasks, job.timed, job.timed_async)
        cpu = cpu_time(processes())
        start = time.perf_counter()
        for _ in range(iterations):
            results = run(batch)
        real = time.perf_counter() - start
        return Timing(iterations, max(real, 1e-9), max(0.0, cpu_time(processes()) - cpu)), results

    def _more(self, timing: Timing) -> int:
        """Google Benchmark's rule: 40 % more than seems needed, and at most tenfold while that is a guess."""
        wanted = 1.4 * self.measuring.min_time / timing.real
        significant = timing.real / self.measuring.min_time > 0.1
        times = wanted if significant else min(10.0, wanted)
        return min(_MOST_ITERATIONS, max(int(times * timing.iterations), timing.iterations + 1))

    def _count(self) -> Optional[str]:
        """Runs a counted batch; what was wrong with it."""
        self.receipt.clear()
        tasks = self.cell.case.tasks
        digests = self.executor.run(job.Batch(tasks, job.counted, job.counted_async))
        self.executor.require_workers()
        wrong = self.receipt.wrong(tasks, min(self.cell.workers, tasks), self.executor.kept)
        return wrong or self.workload.wrong_digests(digests)

    def _require_completed(self, before: Optional[int], batches: int) -> None:
        after = self.workload.completed()
        if before is None or after is None:
            return
        seen, done = after - before, batches * self.cell.case.tasks
        _refuse("independent count: ", seen != done and f"{seen} completed tasks, expected {done}")


def _refuse(where: str, wrong: object) -> None:
    if wrong:
        raise Failure(f"{where}{wrong}")
