"""Sound building blocks: each turns a small integer function into tensors and relations with one possible witness."""
