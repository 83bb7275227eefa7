"""The commands of the terminal, one small module a group."""
