"""The lab's registry beside Debian's docker-registry: one incompressible layer of 200 MB, by skopeo."""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import boto3

import comparison

LAYER_BYTES = 200 * 1000 * 1000
ROUNDS = 5


def oci_layout(folder):
    """An OCI image with one random layer, and no compression for skopeo to do."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    layer = blob(os.urandom(LAYER_BYTES))
    diff = {"type": "layers", "diff_ids": [layer["digest"]]}
    config = blob(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": diff}).encode())
    prefix = "application/vnd.oci.image."
    manifest = {
        "schemaVersion": 2,
        "mediaType": prefix + "manifest.v1+json",
        "config": {"mediaType": prefix + "config.v1+json", **config},
        "layers": [{"mediaType": prefix + "layer.v1.tar", **layer}],
    }
    entry = {"mediaType": manifest["mediaType"], **blob(json.dumps(manifest).encode())}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


def push(layout, target, extra):
    command = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", "--preserve-digests", *extra]
    start = time.monotonic()
    subprocess.run([*command, f"oci:{layout}", f"docker://{target}"], check=True)
    return time.monotonic() - start


def rounds(target, extra, folder):
    """The best of some rounds, each with a layer that the registry has never seen."""
    best = None
    for number in range(ROUNDS):
        layout = folder / f"{target.partition(':')[2].partition('/')[0]}-{number}"
        oci_layout(layout)
        seconds = push(layout, f"{target}:{number}", extra)
        best = seconds if best is None else min(best, seconds)
        subprocess.run(["rm", "-rf", str(layout)], check=True)
    return LAYER_BYTES / 1e6 / best


def ours(folder):
    with comparison.lab() as (process, env, _):
        ecr = boto3.client(
            "ecr",
            endpoint_url=env["AWS_ENDPOINT_URL"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            region_name=env["AWS_REGION"],
        )
        ecr.create_repository(repositoryName="bench")
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        extra = ["--dest-creds", base64.b64decode(token).decode()]
        rate = rounds(f"{env['HALLPASS_LAB_REGISTRY']}/bench", extra, folder)
        return rate, process.peak_mib()


def peer(folder):
    port = comparison.free_port()
    config = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(folder / "docker-registry")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        "log": {"level": "error"},
    }
    path = folder / "registry.yml"
    path.write_text(json.dumps(config))
    process = comparison.Process(["docker-registry", "serve", str(path)])
    try:
        comparison.wait_for(("127.0.0.1", port))
        return rounds(f"127.0.0.1:{port}/bench", [], folder), process.peak_mib()
    finally:
        process.stop()


def main():
    said = subprocess.run(["docker-registry", "--version"], capture_output=True, text=True).stdout
    version = said.split()[-1] if said.split() else "?"
    table = comparison.Table("registry", f"docker-registry {version}")
    with tempfile.TemporaryDirectory(prefix="hallpass-bench-") as name:
        folder = pathlib.Path(name)
        (our_rate, our_memory), (peer_rate, peer_memory) = ours(folder), peer(folder)
    table.add("push of a 200 MB layer by skopeo", "MB/s", our_rate, peer_rate, True)
    table.add("peak resident memory", "MiB", our_memory, peer_memory, False)
    table.print()


sys.exit(main())
