"""Evidence as observers write it, read field by field: whole, or refused with what is wrong and where."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from scripts.analysis.text import LARGEST

Json = Mapping[str, Any]
Made = TypeVar("Made")


def read(entries: Sequence[Any], observer: str, version: int, make: Callable[[Entry], Made]) -> list[Made]:
    """What is made of the observer's entries; others' evidence is passed over. Raises ValueError that says which entry cannot be
    used, and why."""
    found = []
    for index, value in enumerate(entries):
        if isinstance(value, Mapping) and value.get("observer") != observer:
            continue
        try:
            entry = Entry("", value)
            if entry.get("version") != version:
                entry.fail(f"is of version {entry.get('version')!r:.40}, not {version}: measure again")
            found.append(make(entry))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            what = f"has no {error}" if isinstance(error, KeyError) else error
            raise ValueError(f"evidence[{index}]: {what}") from None
    return found


class Entry:
    """An object of the document, which knows its place in the entry."""

    def __init__(self, where: str, value: Any) -> None:
        self.where = where
        if not isinstance(value, Mapping):
            self.fail(f"is {value!r:.40}, not an object")
        self.value: Json = value

    def fail(self, what: str) -> NoReturn:
        raise ValueError(f"{self.where}: {what}" if self.where else what)

    def get(self, key: str) -> Any:
        if key not in self.value:
            self.fail(f"has no {key!r}")
        return self.value[key]

    def inner(self, key: str) -> Entry:
        return Entry(f"{self.where}.{key}".lstrip("."), self.get(key))

    def number(self, key: str, least: float = 0.0) -> float:
        value = self.get(key)
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
        if not fits or not math.isfinite(value) or value < least:
            self.fail(f"{key} is {value!r:.40}, not a finite number{' from 0 up' * (least == 0)}")
        return float(value)

    def known(self, key: str, least: float = 0.0) -> float | None:
        return None if self.get(key) is None else self.number(key, least)

    def whole(self, key: str, least: int = 0) -> int:
        value = self.number(key)
        if not value.is_integer() or value < least:
            self.fail(f"{key} is {value:g}, not a whole number from {least} up")
        return int(value)

    def count(self, key: str) -> int | None:
        return None if self.get(key) is None else self.whole(key)
