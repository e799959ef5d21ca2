"""What is known: entries, the index over them, and how sure a match is.

Knows nothing of chat nor of routing. `knowledge.words` (text) and `knowledge.documents` (strict YAML)
are leaves that `routing` may use as well.
"""
