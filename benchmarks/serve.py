"""Many visitors at once: 200 clients of as many addresses on loopback, each reading a page a second, for a minute.

`python benchmarks/serve.py OUT [SECONDS]` prints one JSON object: answers, refusals and the times that 50, 95 and 99 of
100 answers took, beside the time of one visitor alone in the same run. OUT is a folder of built cases.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import httpx

CLIENTS, PAUSE_S, ALONE = 200, 1.0, 50


async def _visit(port: int, number: int, names: list[str], seconds: float, took: list[float], odd: list[int]) -> None:
    dice = random.Random(number)  # noqa: S311
    way = httpx.AsyncHTTPTransport(local_address=f"127.0.{1 + number // 250}.{1 + number % 250}")
    async with httpx.AsyncClient(transport=way, base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        until = time.monotonic() + seconds
        await asyncio.sleep(dice.random() * PAUSE_S)
        while time.monotonic() < until:
            begun = time.monotonic()
            try:
                answer = await client.get(dice.choice(names))
            except httpx.TransportError:
                odd.append(0)
            else:
                (took.append(time.monotonic() - begun) if answer.status_code == 200 else odd.append(answer.status_code))
            await asyncio.sleep(PAUSE_S * dice.uniform(0.5, 1.5))


async def _all(port: int, names: list[str], seconds: float) -> dict[str, object]:
    alone: list[float] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for name in (names * ALONE)[:ALONE]:
            begun = time.monotonic()
            await client.get(name)
            alone.append(time.monotonic() - begun)
    took: list[float] = []
    odd: list[int] = []
    await asyncio.gather(*(_visit(port, n, names, seconds, took, odd) for n in range(CLIENTS)))
    took.sort()
    at = {f"p{p}_ms": round(1000 * took[min(len(took) - 1, len(took) * p // 100)], 1) for p in (50, 95, 99)}
    mine = {"clients": CLIENTS, "seconds": seconds, "answers": len(took), "refused_or_broken": len(odd)}
    return mine | at | {"alone_p50_ms": round(1000 * sorted(alone)[len(alone) // 2], 1)}


def main() -> None:
    """Run as a command."""
    out, seconds = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    names = [f"/{p.relative_to(out).as_posix()}" for p in sorted(out.glob("*/*.html"))][:60]
    port = 8765
    command = [sys.executable, "-m", "lightkeeper.cli", "serve", str(out), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(200):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/style.css")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            print(json.dumps(asyncio.run(_all(port, names, seconds))))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
