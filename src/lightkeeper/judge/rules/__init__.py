"""The rules, one module a layer. Importing this room registers all of them."""

from lightkeeper.judge.rules import app, dns, http, quic, rate, tcp, tls

__all__ = ["app", "dns", "http", "quic", "rate", "tcp", "tls"]
