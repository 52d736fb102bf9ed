"""Streams with known truth, and how well the product finds what happened in them.

`families` says what can happen, `streams` makes it happen, `reviewers` grades it, `folders` writes
it as files; `scoring` judges what a product said, `runs` puts many streams through the product's
replay, and `report` prints the figures of the statistics document beside their limits.
"""
