"""A lab as a user runs it: the binary, in a folder, with what `lab env` prints."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

import operations

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("HALLPASS_BIN", ROOT / "target/release/hallpass")).resolve()
VENV = ROOT / ".venv/bin"

# What a caller may have set, and what must reach no client under test.
SCRUBBED = ("AWS_", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of a client: a home of its own, and nothing of the caller's."""
    return {
        "PATH": f"{VENV}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_COLOR": "1",
    }


def scrub_own_environment() -> None:
    """Takes from this process what boto3 would pick up."""
    for name in list(os.environ):
        if name.startswith(SCRUBBED) or name.upper() in PROXIES:
            del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def run(command, *, env, timeout=120, check=True, stdin=None, cwd=None):
    """Runs a client; its output stands in the failure."""
    done = subprocess.run(
        [str(word) for word in command],
        env=env, timeout=timeout, input=stdin, cwd=cwd, capture_output=True, text=True,
    )
    if check and done.returncode != 0:
        raise AssertionError(
            f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return done


class Lab:
    """A lab in a folder; `start` and `kill` as often as wanted."""

    def __init__(self, folder: Path, *options: str, wrapper: tuple[str, ...] = ()):
        self.folder = folder
        self.home = folder.parent / f"{folder.name}-home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.options = options
        self.wrapper = wrapper
        self.process: subprocess.Popen | None = None
        self.env: dict[str, str] = {}

    # Its life.

    def start(self) -> Lab:
        command = [*self.wrapper, str(BINARY), "lab", "start", "--foreground", "--dir", str(self.folder)]
        self.log = open(self.folder.parent / f"{self.folder.name}.log", "ab")
        self.process = subprocess.Popen(
            [*command, *self.options], env=clean_environment(self.home),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            # A wrapper may have the lab as its child: signals go to both.
            start_new_session=True,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the lab ended with {self.process.returncode}:\n{self.output()}")
            done = self.hallpass("lab", "env", "--output", "json", check=False)
            if done.returncode == 0:
                self.env = json.loads(done.stdout)
                if self.answers():
                    return self
            time.sleep(0.02)
        raise AssertionError(f"the lab is not ready after 20 s:\n{self.output()}")

    def answers(self) -> bool:
        target = urlsplit(self.endpoint)
        try:
            socket.create_connection((target.hostname, target.port), timeout=2).close()
        except OSError:
            return False
        return True

    def kill(self, with_signal: int = signal.SIGKILL) -> None:
        os.killpg(self.process.pid, with_signal)
        self.process.wait(timeout=20)
        self.log.close()
        operations.record([self.folder / name for name in ("events.jsonl", "events.1.jsonl")])

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill(signal.SIGTERM)

    def output(self) -> str:
        return Path(self.log.name).read_text(errors="replace")[-4000:]

    def memory(self, field: str = "VmRSS") -> int:
        """Bytes of memory: `VmRSS` at present, `VmHWM` at the peak."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {field}")

    # What it says of itself.

    @property
    def endpoint(self) -> str:
        return self.env["AWS_ENDPOINT_URL"]

    @property
    def registry(self) -> str:
        return self.env["HALLPASS_LAB_REGISTRY"]

    @property
    def region(self) -> str:
        return self.env["AWS_REGION"]

    @property
    def administrator(self) -> tuple[str, str]:
        return self.env["AWS_ACCESS_KEY_ID"], self.env["AWS_SECRET_ACCESS_KEY"]

    @property
    def account(self) -> str:
        return self.env["HALLPASS_LAB_ACCOUNT"]

    @property
    def registry_host(self) -> str:
        return self.env["HALLPASS_LAB_REGISTRY_HOST"]

    def captive(self) -> dict[str, str]:
        """The variables that lead a client to the lab under AWS's own host names."""
        return json.loads(self.hallpass("lab", "env", "--captive", "--output", "json").stdout)

    def token(self, subject: str, *options: str) -> str:
        return self.hallpass("lab", "token", subject, *options).stdout.strip()

    def events(self) -> list[dict]:
        lines = self.hallpass("lab", "events", "--output", "json").stdout.splitlines()
        return [json.loads(line) for line in lines]

    def last_event(self, operation: str) -> dict:
        return [event for event in self.events() if event["operation"] == operation][-1]

    def control(self, path: str, wish: dict) -> dict:
        """The lab's control interface, for what has no command."""
        description = json.loads((self.folder / "lab.json").read_text())
        request = urllib.request.Request(
            f"{self.endpoint}/_hallpass/{path}", method="POST", data=json.dumps(wish).encode(),
            headers={"Authorization": f"Bearer {description['control_token']}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def fault(self, service: str, kind: str, calls: int) -> None:
        """Lets the next calls of a service fail."""
        self.control("fault", {"service": service, "kind": kind, "calls": calls})

    # Its clients.

    def hallpass(self, *words: str, check: bool = True):
        options = ("--dir", str(self.folder)) if words[0] == "lab" else ()
        return run([BINARY, *words, *options], env=clean_environment(self.home), check=check)

    def client_environment(self, credentials=None, **more: str) -> dict[str, str]:
        """The environment of a client of the lab: the administrator's, or as `credentials` say."""
        env = clean_environment(self.home)
        # The CLI's first version and older clients read the second name of the region only.
        env |= {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": self.region}
        env |= {"AWS_DEFAULT_REGION": self.region}
        env |= credential_variables(credentials or self.administrator)
        return env | more

    def aws(self, *words: str, credentials=None, env=None, check: bool = True):
        """The AWS CLI; its answer, or with `check=False` the finished process."""
        env = env or self.client_environment(credentials)
        done = run([VENV / "aws", *words, "--output", "json"], env=env, check=check)
        if not check:
            return done
        return json.loads(done.stdout) if done.stdout.strip() else None

    def client(self, service: str, credentials=None, **config):
        """A boto3 client that tries once, so that an error is seen where it happens."""
        key = credential_variables(credentials or self.administrator)
        session = boto3.session.Session(
            aws_access_key_id=key["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=key["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=key.get("AWS_SESSION_TOKEN"),
            region_name=self.region,
        )
        settings = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5, "read_timeout": 60}
        return session.client(service, endpoint_url=self.endpoint, config=Config(**settings | config))

    def registry_password(self, credentials=None) -> str:
        env = self.client_environment(credentials)
        return run([VENV / "aws", "ecr", "get-login-password"], env=env).stdout.strip()

    def skopeo(self, *words: str, check: bool = True, timeout: int = 120, env=None):
        env = env or clean_environment(self.home)
        return run(["skopeo", "--insecure-policy", *words], env=env, check=check, timeout=timeout)


def credential_variables(credentials) -> dict[str, str]:
    """(key, secret[, session token]) or STS's `Credentials` as environment variables."""
    if isinstance(credentials, dict):
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        credentials = [credentials[name] for name in names if name in credentials]
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return dict(zip(names, credentials))
