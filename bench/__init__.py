"""Benchmarks: each prints its figure beside its limit, as a ratio taken in one run."""
