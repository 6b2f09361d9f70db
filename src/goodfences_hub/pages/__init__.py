"""The hub's own pages, for the household at home. By default nobody but this computer can open them."""
