"""Measuring the desk on questions whose answers are known: how often it finds them, and knows that it has."""
