"""Decisions beside another implementation's: `@cloud-copilot/iam-simulate`, as a process of its own.

Every disagreement has its row in docs/differences.md, with the page of AWS's that decides it, and a
predicate in iam_simulate/differences.py. A disagreement without a row is a fault; so is a row without one.
The rows' counts are those of SEED and CASES.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from iam_simulate.cases import generate
from iam_simulate.differences import ROWS
from lab import BINARY, ROOT

SEED, CASES = 20261124, 24_000
FOLDER = Path(__file__).parent / "iam_simulate"
PAGE = ROOT / "docs" / "differences.md"


def run(command: list[str | Path], text: str) -> list[dict]:
    # Node reads dates without a zone in the machine's.
    environment = {"PATH": os.environ["PATH"], "TZ": "UTC"}
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def decisions() -> list[tuple[dict, str, str]]:
    """Each case, with our decision and the peer's."""
    cases = list(generate(SEED, CASES))
    text = "".join(json.dumps(case) + "\n" for case in cases)
    with ThreadPoolExecutor() as pool:
        ours = pool.submit(run, [BINARY, "policy", "simulate", "--lines"], text)
        peer = pool.submit(run, ["node", FOLDER / "driver.js"], text)
    both = zip(cases, ours.result(), peer.result(), strict=True)
    return [(case, mine["decision"], other.get("decision") or other["error"]) for case, mine, other in both]


def differing(decisions):
    return [(case, mine, other) for case, mine, other in decisions if mine != other]


def rows_of(case, mine, other) -> list[str]:
    return [name for name, is_about in ROWS.items() if is_about(case, mine, other)]


def test_the_cases_are_many_and_decided_in_every_way(decisions):
    assert len({case["name"] for case, *_ in decisions}) == len(decisions) > 20_000
    shares = Counter(mine for _, mine, _ in decisions)
    assert set(shares) == {"Allow", "ExplicitDeny", "ImplicitDeny"}
    assert min(shares.values()) > 0.2 * len(decisions), shares


def test_every_disagreement_has_a_row(decisions):
    unexplained = [one for one in differing(decisions) if not rows_of(*one)]
    shown = "\n".join(f"ours {mine}, peer {other}: {json.dumps(case)}" for case, mine, other in unexplained[:3])
    assert not unexplained, f"{len(unexplained)} disagreements without a row, such as\n{shown}"


def test_every_row_is_still_needed(decisions):
    """A row counts where no other explains the case."""
    alone = {rows[0] for rows in (rows_of(*one) for one in differing(decisions)) if len(rows) == 1}
    assert set(ROWS) - alone == set(), "no case needs these rows any more"


def test_the_page_lists_the_rows_with_their_counts(decisions):
    counts = dict.fromkeys(ROWS, 0)
    for one in differing(decisions):
        for name in rows_of(*one):
            counts[name] += 1
    listed = {name: int(count) for name, count in re.findall(r"^\| `([a-z0-9-]+)` \| (\d+) \|", PAGE.read_text(), re.M)}
    assert listed == counts
