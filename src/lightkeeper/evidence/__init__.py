"""Seal a built case folder, and check it: a stranger can do the same with `sha256sum`."""

from lightkeeper.evidence.manifest import Problem, verify_manifest, write_manifest

__all__ = ["Problem", "verify_manifest", "write_manifest"]
