"""Files and their formats (spec 5): bounded codec, statement, card, bundle, private files, budgets."""
