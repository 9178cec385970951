"""The log → disposable tables that answer questions: articles, stories, signals, counts, coverage."""
