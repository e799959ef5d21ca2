"""The history of the tables, as Alembic's migrations; `bot.store.schema` applies them.

A migration is never changed once it was released, and imports nothing of ours: what it says must stay what it
said, whatever becomes of `bot.store.tables`.
"""
