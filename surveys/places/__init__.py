"""Who serves people, where, and the codes that hang there."""
