"""kubectl, and what it is given."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from pathlib import Path

from lab import clean_environment, run

KUBECTL = os.environ.get("KUBECTL") or shutil.which("kubectl")
HELM = os.environ.get("HELM") or shutil.which("helm")


class Kubectl:
    """kubectl as the administrator, in a home of its own."""

    def __init__(self, lab, folder: Path, context: str | None = None):
        self.lab, self.folder, self.context = lab, folder, context

    def environment(self) -> dict[str, str]:
        return clean_environment(self.folder) | {"KUBECONFIG": self.lab.env["KUBECONFIG"]}

    def __call__(self, *words, check=True, stdin=None, env=None):
        assert KUBECTL, "kubectl is missing: set KUBECTL, or run scripts/test, which installs it"
        context = ["--context", self.context] if self.context else []
        environment = self.environment() | (env or {})
        return run([KUBECTL, *context, *words], env=environment, check=check, stdin=stdin, timeout=60)

    def says(self, *words, **more) -> str:
        return self(*words, **more).stdout

    def refuses(self, *words, **more) -> str:
        """What it says on the way to failing."""
        done = self(*words, check=False, **more)
        assert done.returncode != 0, f"{words} succeeded:\n{done.stdout}"
        return done.stdout + done.stderr

    def json(self, *words):
        return json.loads(self.says(*words, "-o", "json"))

    def apply(self, manifest: str, *words, **more) -> str:
        return self.says("apply", "-f", "-", *words, stdin=textwrap.dedent(manifest), **more)

    def helm(self, *words, check=True):
        assert HELM, "helm is missing: set HELM, or run scripts/test, which installs it"
        return run([HELM, *words], env=self.environment(), check=check, timeout=60)
