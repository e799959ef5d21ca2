"""What a text mentions: read from prose and from whatever is pasted into it. Looks nothing up."""
