"""Matrix, over matrix-nio: a sync loop of our own, and what that library leaves to whoever uses it."""
