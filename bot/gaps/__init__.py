"""The gaps of the base: learned beside the running desk, and told on the command line."""
