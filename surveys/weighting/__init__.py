"""From the people who answered to the people who were served."""
