"""From article to signals: spaCy and a recogniser find, pure coding judges."""
