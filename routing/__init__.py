"""Who can answer: the maintainers map, what in a text points to a section, and whom to ask first.

Knows nothing of chat protocols nor of the knowledge base; of `knowledge` only the two leaves
`knowledge.words` and `knowledge.documents` may be imported.
"""
