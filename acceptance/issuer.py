"""An OpenID Connect issuer that nobody of hallpass wrote: http.server, PyJWT, cryptography."""

from __future__ import annotations

import base64
import datetime
import http.server
import ipaddress
import json
import ssl
import threading
import time
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

SUBJECT = "system:serviceaccount:actions:self-hosted-runner-service-account"
AUDIENCE = "sts.amazonaws.com"


def pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class Authority:
    """A certificate authority for loopback."""

    def __init__(self, folder: Path, name: str = "acceptance"):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key, ca=True)
        self.file = folder / f"{name}-ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, name: x509.Name, key, ca: bool) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        usage = x509.KeyUsage(True, False, False, False, False, ca, ca, False, False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name).issuer_name(self.name).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage, critical=True)
        )
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def context(self) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._sign(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), key, ca=False
        )
        chain = self.folder / f"leaf-{leaf.serial_number}.pem"
        chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


class Issuer:
    """Serves a discovery document and keys over HTTPS, and signs tokens."""

    def __init__(self, authority: Authority):
        self.keys = {
            "rsa-1": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ec-1": ec.generate_private_key(ec.SECP256R1()),
        }
        self.pages: dict[str, object] = {}
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = issuer.pages.get(self.path)
                body = page if isinstance(page, bytes) else json.dumps(page).encode()
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = authority.context().wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://localhost:{self.server.server_port}/id/acceptance"
        self.publish()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, **discovery) -> None:
        self.pages["/id/acceptance/.well-known/openid-configuration"] = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        } | discovery
        self.pages["/id/acceptance/keys"] = {"keys": [self.jwk(kid) for kid in self.keys]}

    def jwk(self, kid: str) -> dict:
        key = self.keys[kid]
        algorithm = jwt.algorithms.RSAAlgorithm if kid.startswith("rsa") else jwt.algorithms.ECAlgorithm
        numbers = algorithm.to_jwk(key.public_key(), as_dict=True)
        return numbers | {"kid": kid, "use": "sig", "alg": self.algorithm(kid)}

    @staticmethod
    def algorithm(kid: str) -> str:
        return "RS256" if kid.startswith("rsa") else "ES256"

    @property
    def name(self) -> str:
        """The URL without its scheme: the provider's name, and the prefix of condition keys."""
        return self.url.removeprefix("https://")

    def claims(self, **changes) -> dict:
        """The claims of an honest token; `None` leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": SUBJECT, "aud": AUDIENCE,
            "iat": now - 5, "nbf": now - 5, "exp": now + 3600, "jti": "acceptance",
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, kid: str = "rsa-1", *, key=None, algorithm=None, header=None, **changes) -> str:
        algorithm = algorithm or self.algorithm(kid)
        header = {"kid": kid} | (header or {})
        key = key if key is not None else self.keys[kid]
        return jwt.encode(self.claims(**changes), key, algorithm=algorithm, headers=header)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def encode(part) -> str:
    """A part of a token: JSON, or bytes as they are."""
    data = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(token: str) -> dict:
    """The claims of a token, unverified."""
    return jwt.decode(token, options={"verify_signature": False})
