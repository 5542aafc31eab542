"""Where a pattern begins within a task's slice of a text, by the interpreter's own search, which is C as C++'s is."""

from pathlib import Path

from benchmarks.peers.digest import mix_of_first
from benchmarks.peers.workload import Case, Workload

_WORDS = [word + b" " for word in b"worker task grain batch queue fan fanout steal park".split()]


def generated_text(size: int, seed: int) -> bytes:
    """The text of C++'s substring search: words drawn one by one, cut at `size` bytes."""
    words = size // min(map(len, _WORDS)) + 1
    average = sum(map(len, _WORDS)) / len(_WORDS)
    for count in (min(words, int(size / average * 1.01) + 100), words):
        text = b"".join([_WORDS[drawn % len(_WORDS)] for drawn in mix_of_first(count, seed)])
        if len(text) >= size:
            break
    return text[:size]


class Peer(Workload):
    choices = {"algorithm": ("substring",)}

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._pattern = case.parameters["pattern"].encode()
        file = case.parameters["text"]
        self._text = Path(file).read_bytes() if file else generated_text(case.parameters["size"], case.seed)

    def run(self, task: int) -> int:
        text, pattern = self._text, self._pattern
        end = min(self._begin(task + 1) + len(pattern) - 1, len(text))
        count = 0
        at = self._begin(task) - 1
        while (at := text.find(pattern, at + 1, end)) >= 0:
            count += 1
        return count

    def _begin(self, part: int) -> int:
        whole, rest = divmod(len(self._text), self.tasks)
        return whole * part + rest * part // self.tasks
