"""What is "not enough grades", and how long it takes to give them: each number once."""

# A share is printed, and compared, from so many grades on.
LEAST_GRADES = 15
# A usual level, and with it an alarm, takes more than so many days and so many grades.
WARM_UP_DAYS, WARM_UP_GRADES = 14, 120
# What a reviewer needs for one, as people are told before they begin.
SECONDS_A_GRADE = 45


def minutes_for(grades: int) -> int:
    """How long so many grades take, in whole minutes, at least one.

    >>> minutes_for(0), minutes_for(20), minutes_for(25)
    (1, 15, 19)
    """
    return max(1, round(grades * SECONDS_A_GRADE / 60))
