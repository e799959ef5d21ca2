"""How an answer, or none, came about: as values, as tables for a terminal, and as plain data for programs."""
