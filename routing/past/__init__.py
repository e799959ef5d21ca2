"""A project's past, made ready for being asked. What it says of a question is `routing.precedent`."""
