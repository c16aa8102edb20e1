"""Measurement → observations: one module a nettest. Facts only; what they mean is for `judge`.

To add a nettest, add one module with a `NAME`, a `DECODER`, `target` and `observe`.
"""
