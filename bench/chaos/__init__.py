"""`make chaos`: break every part of a running house while people and programs use it.

A house of its own (house.py) runs the product's own programs on servers of its own. Actors
(actors.py) send conversations, signals and flags, grade and open incidents, and write each thing
that was acknowledged into a ledger (ledger.py). In each round one thing is broken (injuries.py):
a process killed or stopped, a server silent, a disk full, a mail server or a receiver gone mad
(outside.py), a clock that jumps (clock.py). At the end the ledger is held against the database
and against what arrived outside (verdict.py).
"""
