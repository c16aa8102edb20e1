"""The rules, one module a layer. Importing this room registers all of them."""

from lightkeeper.judge.rules import dns, http, quic, tcp, tls

__all__ = ["dns", "http", "quic", "tcp", "tls"]
