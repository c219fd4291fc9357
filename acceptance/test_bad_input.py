"""Bad input: a clear error, bounded memory, and the lab goes on serving."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import ssl
import time
from urllib.parse import urlsplit

import pytest

from signing import FORM, Request

CONNECTIONS = 10_000
# ip(7); Python names it from 3.12 on.
IP_BIND_ADDRESS_NO_PORT = 24
# Ten thousand idle connections cost some 24 KB each; this is far from what a leak would take.
MOST_MEMORY = 288 << 20


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory):
    """A lab of this file's own: what is done here must disturb nobody, and its memory is watched."""
    from lab import Lab

    _raise_limit()
    running = Lab(tmp_path_factory.mktemp("bad-input") / "lab").start()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def still_serving(own_lab):
    """After each test the lab answers an honest request, and has not grown."""
    yield
    answer = Request(own_lab.endpoint, own_lab.administrator).sign().send()
    assert answer.status == 200, answer.text
    assert own_lab.process.poll() is None
    assert own_lab.memory() < MOST_MEMORY


def _raise_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Each side holds one end of each connection, and some files besides.
    wanted = CONNECTIONS + 2000
    if hard != resource.RLIM_INFINITY and hard < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    elif soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def address(lab, port: str = "aws") -> tuple[str, int]:
    url = {
        "aws": lab.endpoint, "registry": f"http://{lab.registry}", "proxy": lab.captive()["HTTPS_PROXY"],
    }[port]
    target = urlsplit(url)
    return target.hostname, target.port


def exchange(lab, data: bytes, port: str = "aws", timeout: float = 40) -> bytes:
    """Sends bytes as they are; all that comes back until the lab closes or has answered."""
    with socket.create_connection(address(lab, port), timeout=timeout) as stream:
        # The lab may have answered and closed before all is sent.
        with contextlib.suppress(OSError):
            stream.sendall(data)
            stream.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while part := stream.recv(65_536):
                got += part
        return got


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def http(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    headers = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(body))} | named
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


GARBAGE = {
    "random bytes": os.urandom(4096),
    "zeros": bytes(4096),
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500),
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(64),
    "half a request line": b"POST / HT",
    "half the headers": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le",
    "a header without end": b"POST / HTTP/1.1\r\nX: " + b"a" * 300_000,
    "headers without end": b"POST / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)),
    "a path without end": b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "an impossible length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "a chunk of impossible size": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "a body cut short": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nAction=",
    "nothing": b"",
}


@pytest.mark.parametrize("port", ["aws", "registry", "proxy"])
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_refused(own_lab, name, port):
    answer = exchange(own_lab, GARBAGE[name], port)
    assert status(answer) in (0, *range(400, 500)), answer[:300]


BODIES = {
    "garbage": (os.urandom(2000), FORM),
    "JSON where a form is wanted": (b'{"Action": "ListUsers"}', "application/json"),
    "XML where a form is wanted": (b"<Action>ListUsers</Action>", "text/xml"),
    "broken escapes": (b"Action=%ZZ%&Version=%", FORM),
    "bytes that are no UTF-8": (b"Action=\xff\xfe%ff&Version=2011-06-15", FORM),
    "no action": (b"Version=2011-06-15", FORM),
    "an empty body": (b"", FORM),
    "another version": (b"Action=GetCallerIdentity&Version=1999-01-01", FORM),
    "a million parameters": (b"Action=GetCallerIdentity&Version=2011-06-15" + b"&a=b" * 250_000, FORM),
    "the action twice": (b"Action=GetCallerIdentity&Action=GetSessionToken&Version=2011-06-15", FORM),
    "a list index beyond all numbers": (b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/x&RoleSessionName=abc&PolicyArns.member.99999999999999999999.arn=x", FORM),
    "a number that is none": (b"Action=GetSessionToken&Version=2011-06-15&DurationSeconds=many", FORM),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_signed_form_that_makes_no_sense_is_refused(own_lab, name):
    body, kind = BODIES[name]
    request = Request(own_lab.endpoint, own_lab.administrator, body=body, headers={"content-type": kind})
    answer = request.sign().send()
    assert 400 <= answer.status < 500, answer
    assert answer.code, answer.text


ECR_BODIES = {
    "garbage": os.urandom(2000),
    "an empty body": b"",
    "a list": b"[]",
    "a text": b'"x"',
    "cut short": b'{"repositoryName": "my',
    "nested without end": b"[" * 200_000,
    "a number for a text": b'{"repositoryName": 1}',
    "bytes that are no UTF-8": b'{"repositoryName": "\xff"}',
}


@pytest.mark.parametrize("name", ECR_BODIES)
def test_signed_json_that_makes_no_sense_is_refused(own_lab, name):
    target = "AmazonEC2ContainerRegistry_V20150921.CreateRepository"
    request = Request(
        own_lab.endpoint, own_lab.administrator, service="ecr", body=ECR_BODIES[name],
        headers={"content-type": "application/x-amz-json-1.1", "x-amz-target": target},
    )
    answer = request.sign().send()
    assert answer.status == 400, answer
    assert answer.code, answer.text


@pytest.mark.parametrize("target", ["", "Unknown_V1.Do", "AmazonEC2ContainerRegistry_V20150921.Invent", "a" * 5000])
def test_an_unknown_target_is_refused(own_lab, target):
    request = Request(
        own_lab.endpoint, own_lab.administrator, service="ecr", body=b"{}",
        headers={"content-type": "application/x-amz-json-1.1", "x-amz-target": target},
    )
    answer = request.sign().send()
    assert 400 <= answer.status < 500 and answer.code, answer


@pytest.mark.parametrize("port", ["aws", "registry"])
@pytest.mark.parametrize("length", [64 << 20, 1 << 40])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(own_lab, port, length):
    before = own_lab.memory()
    path = "/" if port == "aws" else "/v2/my-app/manifests/v1"
    method = "POST" if port == "aws" else "PUT"
    head = http(method, path, Content_Length=str(length), Content_Type=FORM)
    start = time.monotonic()
    with socket.create_connection(address(own_lab, port), timeout=20) as stream:
        stream.sendall(head)
        answer = stream.recv(65_536)
    assert 400 <= status(answer) < 500, answer[:300]
    assert time.monotonic() - start < 10
    assert own_lab.memory() - before < 16 << 20


def test_a_large_body_in_chunks_is_cut_off(own_lab):
    before = own_lab.memory()
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % FORM.encode()
    sent = 0
    with socket.create_connection(address(own_lab), timeout=20) as stream:
        stream.sendall(head)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(2000):
                stream.sendall(b"10000\r\n" + bytes(65_536) + b"\r\n")
                sent += 65_536
    assert sent < 2000 * 65_536, "the lab read 131 MB of a form"
    assert own_lab.memory() - before < 32 << 20


def test_slow_bodies_do_not_hold_the_lab(own_lab):
    """Hundreds of clients that trickle leave room for one that does not."""
    streams = []
    for _ in range(300):
        stream = socket.create_connection(address(own_lab), timeout=20)
        stream.sendall(http("POST", "/", Content_Length="1000", Content_Type=FORM)[:-1])
        stream.sendall(b"\nA")
        streams.append(stream)
    start = time.monotonic()
    assert Request(own_lab.endpoint, own_lab.administrator).sign().send().status == 200
    assert time.monotonic() - start < 2
    for stream in streams:
        stream.close()


def test_a_slow_body_is_given_up_in_the_end(own_lab):
    with socket.create_connection(address(own_lab), timeout=90) as stream:
        stream.sendall(http("POST", "/", Content_Length="1000", Content_Type=FORM))
        answer = stream.recv(65_536)
    assert answer == b"" or status(answer) == 408, answer[:300]


def test_ten_thousand_connections_are_borne(own_lab):
    before, streams = own_lab.memory(), []
    target = address(own_lab)
    try:
        for number in range(CONNECTIONS):
            # One address has 28,000 ports only: loopback has more addresses.
            stream = socket.socket()
            # The port is chosen at the connection, which costs the kernel no search.
            stream.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            stream.bind((f"127.0.0.{2 + number % 4}", 0))
            stream.settimeout(20)
            stream.connect(target)
            streams.append(stream)
        half = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for stream in streams:
            stream.sendall(half)
        start = time.monotonic()
        assert Request(own_lab.endpoint, own_lab.administrator).sign().send().status == 200
        assert time.monotonic() - start < 5
        assert own_lab.memory() - before < MOST_MEMORY
        rest = http("GET", "/").partition(b"\r\n")[2]
        for stream in streams[::100]:
            stream.sendall(rest)
            assert status(stream.recv(65_536)) >= 400
    finally:
        for stream in streams:
            stream.close()


def test_a_client_that_hangs_up_is_forgotten(own_lab):
    for _ in range(500):
        stream = socket.create_connection(address(own_lab), timeout=20)
        stream.sendall(http("POST", "/", Content_Length="100000", Content_Type=FORM) + b"A" * 1000)
        stream.close()


def test_tls_that_is_no_tls_is_dropped(own_lab):
    host, port = address(own_lab, "proxy")
    with socket.create_connection((host, port), timeout=40) as stream:
        name = f"sts.{own_lab.region}.amazonaws.com"
        stream.sendall(f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n".encode())
        assert b" 200 " in stream.recv(4096)
        stream.sendall(os.urandom(1000))
        with contextlib.suppress(ConnectionResetError):
            assert not stream.recv(4096).startswith(b"HTTP/")


def test_the_captive_certificate_is_for_awss_names_only(own_lab):
    host, port = address(own_lab, "proxy")
    context = ssl.create_default_context(cafile=own_lab.env["HALLPASS_LAB_CA"])

    def handshake(name: str) -> None:
        with socket.create_connection((host, port), timeout=20) as stream:
            target = f"sts.{own_lab.region}.amazonaws.com"
            stream.sendall(f"CONNECT {target}:443 HTTP/1.1\r\nHost: {target}:443\r\n\r\n".encode())
            stream.recv(4096)
            context.wrap_socket(stream, server_hostname=name).close()

    handshake(f"sts.{own_lab.region}.amazonaws.com")
    for name in ("example.com", "amazonaws.com.example.com", "github.com"):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            handshake(name)
