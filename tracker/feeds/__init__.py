"""From feeds to articles: polite fetching, robust reading, honest dates."""
