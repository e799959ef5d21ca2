"""What a review decided is brought into the base: files, commits, and what they say."""
