"""What the product would have said about recorded days, from files alone. Pure: no Django here."""
