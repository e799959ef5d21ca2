"""Values of the desk <-> rows of the tables. Pure: what went in comes out the same.

(But for what no database takes, see `bot.store.columns`: there U+FFFD comes out.)
"""
