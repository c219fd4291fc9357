"""The soak, for a few seconds: no wrong decision and no lost write with faults on."""

from __future__ import annotations

import soak


def test_a_short_soak_has_no_wrong_decision_and_no_lost_write(tmp_path):
    report = soak.Soak(tmp_path, seconds=12, seed=7).run()
    assert report["wrong"] == [], report
    assert report["lost"] == [], report
    assert report["faults"] > 0, report
    assert all(counts.get("done", 0) > 0 for counts in report["byClient"].values()), report


def test_a_ledger_tells_what_is_lost():
    ledger = soak.Ledger()
    ledger.made("kept", "1")
    ledger.made("changed", "1")
    ledger.made("lost")
    ledger.made("gone")
    ledger.removed("gone")
    found = {"kept": "1", "changed": "2", "gone": ""}
    assert ledger.faults_of(found) == ["lost is lost", "changed has '2', not '1'", "gone came back"]
