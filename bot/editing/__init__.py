"""What `pkgdesk kb` does with the drafts of a knowledge base and its entries."""
