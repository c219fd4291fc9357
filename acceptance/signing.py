"""SigV4, written down once more, so that every part of it can be bent."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

import urllib3

POOL = urllib3.PoolManager(retries=False, timeout=30)
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass
class Request:
    """A request to a lab; `sign` and `presign` sign it as it is, bend it afterwards."""

    endpoint: str
    credentials: tuple[str, ...]
    service: str = "sts"
    region: str = "us-west-2"
    method: str = "POST"
    path: str = "/"
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers: dict[str, str] = field(default_factory=dict)
    late_by: int = 0
    """Seconds by which the client's clock is fast."""

    def __post_init__(self):
        self.headers = {"host": urlsplit(self.endpoint).netloc} | self.headers
        if self.body and "content-type" not in self.headers:
            self.headers["content-type"] = FORM

    @property
    def stamp(self) -> str:
        now = datetime.datetime.now(datetime.timezone.utc)
        now += datetime.timedelta(seconds=self.late_by)
        return now.strftime("%Y%m%dT%H%M%SZ")

    def scope(self, stamp: str) -> str:
        return f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"

    def signature(self, stamp: str, names: list[str], digest: str) -> str:
        query = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in sorted(self.query.items())
        )
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        canonical = "\n".join([self.method, quote(self.path), query, headers, ";".join(names), digest])
        scope = self.scope(stamp)
        signed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{signed}"
        key = f"AWS4{self.credentials[1]}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), hashlib.sha256)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def sign(self) -> Request:
        stamp = self.headers["x-amz-date"] = self.stamp
        if len(self.credentials) > 2:
            self.headers["x-amz-security-token"] = self.credentials[2]
        names = sorted(self.headers)
        signature = self.signature(stamp, names, hashlib.sha256(self.body).hexdigest())
        self.headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.credentials[0]}/{self.scope(stamp)}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return self

    def presign(self, seconds: int = 60) -> Request:
        """Moves the call and the signature into the URL."""
        self.method, self.body, stamp = "GET", b"", self.stamp
        self.headers.pop("content-type", None)
        self.query |= {
            "Action": "GetCallerIdentity", "Version": "2011-06-15",
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.credentials[0]}/{self.scope(stamp)}",
            "X-Amz-Date": stamp, "X-Amz-Expires": str(seconds), "X-Amz-SignedHeaders": "host",
        }
        if len(self.credentials) > 2:
            self.query["X-Amz-Security-Token"] = self.credentials[2]
        digest = hashlib.sha256(b"").hexdigest()
        self.query["X-Amz-Signature"] = self.signature(stamp, ["host"], digest)
        return self

    def send(self) -> Answer:
        url = f"{self.endpoint}{quote(self.path)}"
        if self.query:
            url += f"?{urlencode(self.query, quote_via=quote)}"
        response = POOL.request(self.method, url, body=self.body or None, headers=self.headers)
        return Answer(response.status, dict(response.headers), response.data)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The error's code, as the service's protocol writes it."""
        text = self.body.decode(errors="replace")
        if text.lstrip().startswith("{"):
            return json.loads(text).get("__type", "").rpartition("#")[2]
        found = re.search(r"<Code>([^<]*)</Code>", text)
        return found[1] if found else ""

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")
