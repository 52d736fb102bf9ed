"""Hostile values into every field, query and path that there is: nothing may fail, nothing may be
half stored. A bounded round of it is a test (tests/test_hostile_values.py); `make fuzz` goes on for
minutes, and asks the API by its own document (schemathesis)."""
