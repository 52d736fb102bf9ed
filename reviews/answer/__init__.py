"""How it stands, in the words that every page, mail and program gets."""
