"""What every benchmark shares: processes with their memory, and the table of comparisons."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time


class Process:
    """A server under test, with the most memory that it and its children have held."""

    def __init__(self, command, env=None, cwd=None):
        self.popen = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def peak_mib(self):
        """The high-water mark of the resident set, in MiB, summed over the process and its children."""
        total = 0
        pids = [self.popen.pid]
        while pids:
            pid = pids.pop()
            with contextlib.suppress(OSError):
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                total += next(
                    int(line.split()[1])
                    for line in status.splitlines()
                    if line.startswith("VmHWM")
                )
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    pids += [int(p) for p in (task / "children").read_text().split()]
        return total / 1024

    def stop(self):
        self.popen.terminate()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address, seconds=30):
    host, port = address
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"nothing listens on {host}:{port}")


@contextlib.contextmanager
def lab():
    """A running lab: its process and what `lab env` says."""
    binary = os.environ["HALLPASS_BIN"]
    with tempfile.TemporaryDirectory(prefix="hallpass-bench-") as folder:
        process = Process([binary, "lab", "start", "--foreground", "--dir", folder])
        try:
            end = time.monotonic() + 30
            while True:
                said = subprocess.run(
                    [binary, "lab", "env", "--dir", folder, "--output", "json"],
                    capture_output=True,
                    text=True,
                )
                if said.returncode == 0:
                    break
                if time.monotonic() > end:
                    sys.exit(f"the lab did not come up: {said.stderr}")
                time.sleep(0.05)
            yield process, json.loads(said.stdout), folder
        finally:
            process.stop()


class Table:
    """Comparisons, printed for people or as JSON lines."""

    def __init__(self, bench, peer_name):
        self.bench, self.peer_name, self.rows = bench, peer_name, []

    def add(self, case, unit, ours, peer, more_is_better):
        ratio = ours / peer if more_is_better else peer / ours
        self.rows.append((case, unit, ours, peer, ratio))

    def print(self):
        if "--json" in sys.argv:
            for case, unit, ours, peer, ratio in self.rows:
                print(
                    json.dumps(
                        {
                            "bench": self.bench,
                            "case": case,
                            "unit": unit,
                            "ours": round(ours, 3),
                            "peer": round(peer, 3),
                            "peer_name": self.peer_name,
                            "ratio": round(ratio, 2),
                        }
                    )
                )
            return
        print(f"{self.bench}: hallpass beside {self.peer_name}\n")
        print(f"{'case':<48} {'unit':>7} {'hallpass':>12} {'peer':>12} {'ratio':>8}")
        for case, unit, ours, peer, ratio in self.rows:
            print(f"{case:<48} {unit:>7} {ours:>12,.2f} {peer:>12,.2f} {ratio:>7.1f}x")

