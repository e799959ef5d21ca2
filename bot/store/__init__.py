"""What is remembered: the only package that knows SQLModel, sessions and transactions.

`store.Store` is the door; nothing but the values of `bot.desk` and plain types goes through it.
"""
