"""People's work on answers: the queue, grades, flags, and how alike people grade."""
