"""Machine access: the transfer for the systems of schools and councils, by tokens of an organisation."""
