"""The life of a cell: build, open, receipt, warm-up, timed batches, last checks, close."""

from __future__ import annotations

import errno
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Sequence

from benchmarks.peers import job
from benchmarks.peers.cpu_time import cpu_time
from benchmarks.peers.executor import Executor
from benchmarks.peers.job import Batch, Job
from benchmarks.peers.receipt import Receipt
from benchmarks.peers.report import UNAVAILABLE, Report, Timing
from benchmarks.peers.selection import Cell
from benchmarks.peers.workload import Unavailable

_MOST_ITERATIONS = 1_000_000_000


@dataclass(frozen=True)
class Measuring:
    """How cells are measured; seconds."""

    warmup: float = 0.12  # of batches before the timed ones, the receipt's included
    min_time: float = 0.5  # of a timed stretch
    repetitions: int = 1
    patience: float = 10.0  # with workers that are to meet


class StageError(Exception):
    """A stage of the cell's life went wrong."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


@contextmanager
def during(stage: str) -> Iterator[None]:
    """Whatever goes wrong within becomes a StageError of this stage."""
    try:
        yield
    except (StageError, Unavailable):
        raise
    except Exception as error:
        reason = f"{error}" or type(error).__name__
        raise StageError(_refused(error, reason) or stage, reason) from error


def _refused(error: Exception, reason: str) -> Optional[str]:
    """ "memory" or "threads" where the system has none left. A worker that is a process may have sent words alone."""
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ENOMEM or isinstance(error, MemoryError) or reason.startswith("MemoryError"):
        return "memory"
    if code == errno.EAGAIN or "can't start new thread" in reason:
        return "threads"
    return None


class CellAtWork:
    """A cell in the making: its workload, and, between open and close, its workers."""

    def __init__(self, cell: Cell, measuring: Measuring) -> None:
        self._cell = cell
        self._measuring = measuring
        self._executor: Optional[Executor] = None
        self._results: Sequence[Any] = ()
        tasks = cell.case.tasks
        # Batches are made by the names of functions, which is how they travel to other processes.
        self._timed = Batch(tasks, job.timed, job.timed_async)
        self._proved = Batch(tasks, job.proved, job.proved_async)
        self._counted = Batch(tasks, job.counted, job.counted_async)
        self.receipt = Receipt(tasks if cell.executor.axis else min(cell.workers, tasks), measuring.patience)
        with during("build"):
            self.workload = cell.workload(cell.case)
            self.workload.share(cell.executor.kind == "processes")

    def open(self) -> float:
        """Seconds that it took."""
        with during("open"):
            job.install(Job(self.workload, self.receipt))
            start = time.perf_counter()
            self._executor = self._cell.executor(self._cell.workers)
            return time.perf_counter() - start

    def prove_and_warm_up(self) -> None:
        start = time.perf_counter()
        with during("receipt"):
            before = self.workload.witnessed()
            proofs = self._run(self._counted)
            workers = min(1, self.receipt.wanted) if self._cell.executor.axis else self.receipt.wanted
            wrong = self.receipt.wrong(self._cell.case.tasks, workers, self._cell.executor.kept)
            self._refuse(wrong or self.workload.wrong_proofs(proofs))
            self._require_witness(before, 1)
        with during("run"):
            while time.perf_counter() - start < self._measuring.warmup:
                self._run(self._timed)

    def time(self) -> List[Timing]:
        """Timed batches, their number grown as Google Benchmark grows it; the repetitions all have as many."""
        with during("run"):
            before = self.workload.witnessed()
            timings: List[Timing] = []
            batches = 0
            iterations = 1
            while len(timings) < self._measuring.repetitions:
                timing = self._stretch(iterations)
                batches += iterations
                if timings or self._is_enough(timing):
                    timings.append(timing)
                else:
                    iterations = self._more(timing)
            self._require_witness(before, batches)
            self._check_again()
        shortest = min(timing.real / timing.iterations for timing in timings)
        floor = self.workload.floor(max(1, self.receipt.wanted))
        if shortest < floor:
            reason = (
                f"a batch took {shortest:g} s on average, less than the {floor:g} s that it cannot do without"
            )
            raise StageError("impossible", reason)
        return timings

    def close(self) -> float:
        """Ends the workers; seconds that it took."""
        start = time.perf_counter()
        if self._executor is not None:
            executor, self._executor = self._executor, None
            with during("run"):
                executor.close()
        return time.perf_counter() - start

    def end(self) -> None:
        """Of whatever there is still, however the cell has ended."""
        try:
            if self._executor is not None:
                self._executor.abort()
        finally:
            job.install(None)
            if hasattr(self, "workload"):
                self.workload.close()
            self.receipt.close()

    def _run(self, batch: Batch) -> Sequence[Any]:
        assert self._executor is not None
        return self._executor.run(batch)

    def _processes(self) -> List[int]:
        assert self._executor is not None
        return self._executor.processes()

    def _stretch(self, iterations: int) -> Timing:
        run, batch = self._run, self._timed
        cpu = cpu_time(self._processes())
        start = time.perf_counter()
        for _ in range(iterations):
            self._results = run(batch)
        real = time.perf_counter() - start
        return Timing(iterations, max(real, 1e-9), max(0.0, cpu_time(self._processes()) - cpu))

    def _is_enough(self, timing: Timing) -> bool:
        return timing.real >= self._measuring.min_time or timing.iterations >= _MOST_ITERATIONS

    def _more(self, timing: Timing) -> int:
        """Google Benchmark's rule: 40 % more than seems needed, and at most ten times as many while that is a guess."""
        wanted = 1.4 * self._measuring.min_time / timing.real
        significant = timing.real / self._measuring.min_time > 0.1
        times = wanted if significant else min(10.0, wanted)
        return min(_MOST_ITERATIONS, max(int(times * timing.iterations), timing.iterations + 1))

    def _check_again(self) -> None:
        """The last timed batch's own results; an executor makes new ones in each. Where they are less than the digests,
        those of one more batch as well."""
        wrong = self.workload.wrong(self._results)
        self._refuse(wrong and f"in the last timed batch: {wrong}")
        if self.workload.shortened:
            wrong = self.workload.wrong_proofs(self._run(self._proved))
            self._refuse(wrong and f"in the batch after the timed ones: {wrong}")

    def _require_witness(self, before: Optional[int], batches: int) -> None:
        after = self.workload.witnessed()
        if before is None or after is None:
            return
        seen, done = after - before, batches * self._cell.case.tasks
        self._refuse(f"a witness outside saw {seen} tasks done, not {done}" if seen != done else None)

    @staticmethod
    def _refuse(wrong: Optional[str]) -> None:
        if wrong:
            raise RuntimeError(wrong)


def measure(cell: Cell, measuring: Measuring, report: Report) -> None:
    """Ends in report.commit() or report.fail(), and with nothing left over. Lets a KeyboardInterrupt pass."""
    work: Optional[CellAtWork] = None
    try:
        work = CellAtWork(cell, measuring)
        facts = {"workers": float(cell.workers), "tasks": float(cell.case.tasks), "open_time": work.open()}
        work.prove_and_warm_up()
        timings = work.time()
        facts["close_time"] = work.close()
        report.commit(cell, timings, facts)
    except StageError as error:
        report.fail(cell, error.kind, str(error))
    except Unavailable as error:
        report.fail(cell, UNAVAILABLE, str(error))
    except KeyboardInterrupt:
        report.fail(cell, "interrupted", "stopped by a signal")
        raise
    finally:
        if work is not None:
            work.end()
