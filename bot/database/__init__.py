"""What an operator does with the database itself: look, copy, restore, upgrade."""
