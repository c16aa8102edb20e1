"""A server on this machine that stands for OONI's bucket, in a process of its own.

All servers that moto starts in one process share their buckets, so that one test would find what another put there.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

BUCKET = "ooni-data-eu-fra"
SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
sys.stdin.read()
"""
"""It ends with its input, so also where whoever started it was killed."""


@contextmanager
def bucket_server() -> Iterator[str]:
    """A server without a bucket, by its address."""
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        place = process.stdout.readline().strip()
        assert place, "the server did not start"
        try:
            yield f"http://{place}"
        finally:
            process.kill()


@contextmanager
def public_bucket(endpoint: str) -> Iterator[Any]:
    """A client of a server, with the bucket that all may read. It goes afterwards, with all that is in it."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}),
    )
    place = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=BUCKET, ACL="public-read", CreateBucketConfiguration=place)
    try:
        yield client
    finally:
        for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            client.delete_object(Bucket=BUCKET, Key=found["Key"])
        client.delete_bucket(Bucket=BUCKET)
