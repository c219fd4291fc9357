"""OCI images, written as files: what skopeo reads and what ECR's layer actions take."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layer(content: bytes, name: str = "hello.txt") -> bytes:
    """A tar of one file, the same each time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


class Image:
    """An image of one layer: its blobs and its manifest."""

    def __init__(self, content: bytes, compressed: bool = True):
        tar = layer(content)
        self.layer = gzip.compress(tar, compresslevel=1, mtime=0) if compressed else tar
        self.config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest(tar)]},
        }).encode()
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": digest(self.config), "size": len(self.config)},
            "layers": [{
                "mediaType": LAYER + ("+gzip" if compressed else ""),
                "digest": digest(self.layer), "size": len(self.layer),
            }],
        }).encode()
        self.digest = digest(self.manifest)

    def write(self, folder: Path) -> str:
        """An OCI layout; the name that skopeo reads it by."""
        blobs = folder / "blobs/sha256"
        blobs.mkdir(parents=True)
        for blob in (self.layer, self.config, self.manifest):
            (blobs / hashlib.sha256(blob).hexdigest()).write_bytes(blob)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        entry = {
            "mediaType": MANIFEST, "digest": self.digest, "size": len(self.manifest),
            "annotations": {"org.opencontainers.image.ref.name": "latest"},
        }
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
        return f"oci:{folder}:latest"


def incompressible(size: int) -> bytes:
    return os.urandom(size)


def layout_digest(folder: Path) -> str:
    """The digest of the one manifest in an OCI layout."""
    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    return entry["digest"]
