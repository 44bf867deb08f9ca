"""How accurate models are, measured on people that were labelled by hand."""
