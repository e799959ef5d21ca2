"""The doors: each turns a network's bytes into events, and outbox lines into bytes."""
