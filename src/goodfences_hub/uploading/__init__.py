"""What goes to the network: clips, and nothing that is live."""
