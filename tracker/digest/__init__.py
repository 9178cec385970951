"""From readings to pages."""
