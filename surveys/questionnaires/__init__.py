"""Forms and the programme: what is asked, on which scale, and what an answer may be."""
