"""Where a run's results go."""

from datetime import datetime, timezone
from pathlib import Path

from scripts.measuring import files as directory


def test_runs_within_one_second_have_directories_of_their_own(tmp_path: Path) -> None:
    now = datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    made = [directory.create(None, tmp_path / "results", now).name for _ in range(3)]
    assert made == ["2031-02-03T04-05-06Z", "2031-02-03T04-05-06Z-2", "2031-02-03T04-05-06Z-3"]
