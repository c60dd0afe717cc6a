"""Who calls: keys and their policies, tokens of an issuer."""
