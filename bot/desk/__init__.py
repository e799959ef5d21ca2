"""The pure desk: every decision as a function of values. No I/O, no clock, no chance."""
