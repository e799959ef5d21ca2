"""Looking for what is wrong with configuration, knowledge base and map, and telling it."""
