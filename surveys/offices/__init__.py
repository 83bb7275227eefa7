"""Who works with the figures: accounts, how they sign in, and what they did."""
