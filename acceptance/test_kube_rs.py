"""kube-rs, the client that Rust controllers are written with, against the lab's cluster."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lab import ROOT, clean_environment

CLIENT = ROOT / "target/kube-client/debug/kube-client"
SCENARIOS = [
    "discovery", "token", "changes", "patches", "server-side-apply", "pages", "watcher",
    "streaming-list", "metadata", "reflector", "controller", "finalizer",
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_kube_rs(lab, tmp_path, scenario):
    """Each scenario ends with an error at the first thing that is not as an API server has it."""
    environment = clean_environment(tmp_path) | {"KUBECONFIG": lab.env["KUBECONFIG"], "RUST_BACKTRACE": "0"}
    done = subprocess.run([CLIENT, scenario], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_every_scenario_is_run():
    """A scenario that the client has and the list has not would prove nothing."""
    source = Path(ROOT / "acceptance/kube_rs/src/main.rs").read_text()
    assert all(f'"{name}" =>' in source for name in SCENARIOS)
    assert source.count('" => ') == len(SCENARIOS)
