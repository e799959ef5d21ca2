"""What is worth mending in a base, found by rules: `lint` for a whole one, `lint_text` for one entry.

`knowledge.lint.whole` and `knowledge.lint.one` are the doors; each family of rules is a module, and
`knowledge.lint.rules` is the table of them all. Pure: texts, entries and today come in as values. Imports
the modules of `knowledge` only.
"""
