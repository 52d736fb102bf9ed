"""Is what the product says true in ordinary teams?

Streams with known truth, graded by teams that have one reviewer, decide half of the pairs, get new
people, or grade little; and how often the weekly range that is printed holds the true share of good
answers (STATISTICS section 13).
"""
