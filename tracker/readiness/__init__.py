"""Pure arithmetic: from coded records to readings that can be checked by hand."""
