"""Files that people take away: published figures in, bytes out, the same bytes every time."""
