"""The peer: kmock's Kubernetes emulator, on a port, with the resources that the benchmark uses."""

import asyncio
import sys

import kmock


async def main():
    async with kmock.KubernetesEmulator() as emulator:
        for resource, kind in (("namespaces", "Namespace"), ("serviceaccounts", "ServiceAccount"), ("pods", "Pod")):
            emulator.resources["v1", resource] = {"kind": kind, "namespaced": resource != "namespaces"}
        async with kmock.Server(emulator, host="127.0.0.1", port=int(sys.argv[1])):
            await asyncio.Event().wait()


asyncio.run(main())
