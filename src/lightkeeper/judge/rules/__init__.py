"""The rules, one module a layer, and those that rest on other networks. Importing this room registers all of them."""

from lightkeeper.judge.rules import parts  # isort: skip  # first, so that a specification of its own comes first

from lightkeeper.judge.rules import everywhere  # isort: skip  # then what fails in most countries, whatever a control says

from lightkeeper.judge.rules import injection  # isort: skip  # then look-ups that other records of the network explain

from lightkeeper.judge.rules import app, dns, http, quic, rate, tcp, tls

from lightkeeper.judge.rules import around  # isort: skip  # last, so that the record itself comes first

__all__ = ["app", "around", "dns", "everywhere", "http", "injection", "parts", "quic", "rate", "tcp", "tls"]
