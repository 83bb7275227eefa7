"""People, HTTP, documents and the terminal."""
