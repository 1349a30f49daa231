"""The controls that finance sets on a flow, and who may loosen them."""
