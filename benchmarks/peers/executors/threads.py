"""A new thread for every task."""

import threading
from typing import Any

from benchmarks.peers.executor import Batch, Executor


class Peer(Executor):
    help = "threading.Thread, a new one for every task, at most `workers` at once"
    idle = "has none: a thread ends with its task"
    kept = False

    def run(self, batch: Batch) -> list[Any]:
        results: list[Any] = [None] * batch.tasks
        errors: list[BaseException] = []
        free = threading.Semaphore(self.workers)

        def work(task: int) -> None:
            try:
                results[task] = batch.call(task)
            except BaseException as error:
                errors.append(error)
            finally:
                free.release()

        threads = []
        try:
            for task in range(batch.tasks):
                free.acquire()
                if errors:
                    break
                # A daemon is not waited for at the interpreter's end, should this loop be interrupted.
                thread = threading.Thread(target=work, args=(task,), daemon=True)
                thread.start()
                threads.append(thread)
        except RuntimeError as error:
            errors.append(error)
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return results
