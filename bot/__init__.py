"""The desk itself: transports, the river of events, the store, and the pure desk in `bot.desk`."""
