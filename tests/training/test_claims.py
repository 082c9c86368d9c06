"""Claims: who trains which run, among processes that know each other only by the folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aiducation.errors import RunError
from aiducation.training import claims
from aiducation.training.claims import claim
from needs import UNIX
from waiting import until

#: Claims a folder, says so, and keeps it until its input ends.
HOLDER = """
import sys
from pathlib import Path
from aiducation.training.claims import claim
with claim(Path(sys.argv[1])) as mine:
    print("mine" if mine else "elsewhere", flush=True)
    sys.stdin.read()
"""

#: Waits for a start sign, then tries to claim forty folders, and says which it got.
RACER = """
import sys
import time
from pathlib import Path
from aiducation.training.claims import claim
folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
won = []
for i in range(40):
    with claim(folder / str(i), stale_after=60) as mine:
        if mine:
            won.append(i)
            inside = folder / str(i) / "inside"
            inside.touch(exist_ok=False)  # fails if another process is inside as well
            time.sleep(0.005)
            inside.unlink()
print(*won, flush=True)
"""


def process(code: str, folder: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], stdin=pipe, stdout=pipe, text=True)


def said(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def make_old(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_only_one_process_gets_a_folder_and_gives_it_back(tmp_path: Path) -> None:
    holder = process(HOLDER, tmp_path)
    assert said(holder) == "mine"
    with claim(tmp_path) as mine:
        assert not mine
    holder.communicate()
    with claim(tmp_path) as mine:
        assert mine
    assert not list(tmp_path.iterdir())


def test_a_killed_process_s_claim_can_be_taken_over_at_once_on_its_machine(tmp_path: Path) -> None:
    holder = process(HOLDER, tmp_path)
    assert said(holder) == "mine"
    with claim(tmp_path, stale_after=100) as mine:
        assert not mine, "it lives"
    holder.kill()
    holder.communicate()
    with claim(tmp_path, stale_after=100) as mine:
        assert mine
        with claim(tmp_path, stale_after=100) as other:
            assert not other
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("owner", ["dead", f"dead {2**22 + 1} elsewhere pid:[1]", ""])
def test_another_machine_s_claim_can_be_taken_over_when_it_is_stale(tmp_path: Path, owner: str) -> None:
    (tmp_path / ".claim").write_text(owner)
    with claim(tmp_path, stale_after=100) as mine:
        assert not mine, "it may still be alive"
    make_old(tmp_path / ".claim", 101)
    with claim(tmp_path, stale_after=100) as mine:
        assert mine
    assert not list(tmp_path.iterdir())


def test_a_renewed_claim_is_not_taken_over(tmp_path: Path) -> None:
    with claim(tmp_path, renew_every=0.02) as mine:
        assert mine
        make_old(tmp_path / ".claim", 1000)
        until(lambda: time.time() - (tmp_path / ".claim").stat().st_mtime < 100)
        with claim(tmp_path, stale_after=100) as other:
            assert not other


def test_two_processes_that_see_the_same_stale_claim_do_not_both_get_it(tmp_path: Path) -> None:
    """The second looks at the claim while it is stale, and renames it away after the first has made it new."""
    path = tmp_path / ".claim"
    path.write_text("dead")
    make_old(path, 1000)
    look, looked = claims._is_stale, []

    def slow_look(path: Path, stale_after: float) -> bool:
        stale = look(path, stale_after)
        if not looked:
            looked.append(stale)
            assert claims._take(path, "first", stale_after)
        return stale

    claims._is_stale = slow_look
    try:
        assert not claims._take(path, "second", 100)
    finally:
        claims._is_stale = look
    assert looked == [True]
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_looks_at_a_stale_claim_while_another_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third process could otherwise get the folder while the second holds the first's new claim under another name."""
    (tmp_path / ".claim").write_text("dead")
    make_old(tmp_path / ".claim", 1000)
    look, others = claims._is_stale, []

    def look_with_another(path: Path, stale_after: float) -> bool:
        if not others:
            others.append("")
            with claim(tmp_path, stale_after=100) as second:
                others.append("mine" if second else "elsewhere")
        return look(path, stale_after)

    monkeypatch.setattr(claims, "_is_stale", look_with_another)
    with claim(tmp_path, stale_after=100) as first:
        assert first
    assert others == ["", "elsewhere"]
    assert not list(tmp_path.iterdir())


def test_a_process_that_lost_its_claim_leaves_the_new_owner_s_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".claim"
    owner, asked = claims._owner, []

    def note(path: Path) -> str:
        asked.append(path)
        return owner(path)

    monkeypatch.setattr(claims, "_owner", note)
    with claim(tmp_path, renew_every=0.01) as mine:
        assert mine
        path.write_text("another")
        before = len(asked)
        until(lambda: len(asked) > before)  # who had asked before is done
        make_old(path, 1000)
        before = len(asked)
        until(lambda: len(asked) > before + 2)  # it has seen whose the claim is now
        assert time.time() - path.stat().st_mtime > 900, "renewed a claim of another"
    assert path.read_text() == "another"


def test_who_slept_for_longer_than_a_claim_counts_learns_that_another_has_the_folder(tmp_path: Path) -> None:
    with claim(tmp_path) as slept:
        assert slept
        make_old(tmp_path / ".claim", 1000)
        slept.check()  # nobody else has it
        make_old(tmp_path / ".claim", 1000)
        with claim(tmp_path, stale_after=100) as other:
            assert other
            other.check()
            with pytest.raises(RunError, match=r"was taken over by another process .*did not run"):
                slept.check()
        with pytest.raises(RunError, match="was taken over"):  # and has ended since
            slept.check()
    with claim(tmp_path) as mine:
        assert mine
        (tmp_path / ".claim").rename(tmp_path / ".claim-0123456789abcdef")
        mine.check()  # as whoever looks whether it is stale holds it for a moment


def test_a_claim_that_another_holds_for_a_moment_is_given_back(tmp_path: Path) -> None:
    """As whoever looked at the claim before this one does: it would put it back, and nobody would delete it any more."""
    with claim(tmp_path) as mine:
        assert mine
        (tmp_path / ".claim").rename(tmp_path / ".claim-0123456789abcdef")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_no_claim_without_an_owner(tmp_path: Path) -> None:
    """It would keep everybody out for five minutes after there is room again."""
    UNIX.check()
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(RunError, match=r"cannot be claimed: .*Is there room on the disk"), claim(tmp_path):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())
    with claim(tmp_path) as mine:
        assert mine


def test_an_error_inside_gives_the_claim_back(tmp_path: Path) -> None:
    try:
        with claim(tmp_path):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert not (tmp_path / ".claim").exists()


def test_processes_that_race_for_folders_never_work_on_one_at_the_same_time(tmp_path: Path) -> None:
    racers = [process(RACER, tmp_path) for _ in range(2)]
    assert [said(racer) for racer in racers] == ["ready", "ready"]
    for i in range(40):  # half of them were left behind by a dead process
        (tmp_path / str(i)).mkdir()
        if i % 2:
            (tmp_path / str(i) / ".claim").write_text("dead")
            make_old(tmp_path / str(i) / ".claim", 1000)
    answers = [racer.communicate("\n")[0].split() for racer in racers]
    assert sorted({int(i) for won in answers for i in won}) == list(range(40))
    assert [racer.returncode for racer in racers] == [0, 0]
    assert [path.name for path in tmp_path.glob("*/*")] == []
