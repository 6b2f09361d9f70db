"""How an agency joins in public: it applies, proves its domain, signs, and everyone may comment before it counts."""
