"""`pkgdesk irc check`: what a network offers, whether the desk can work there, what is missing."""
