"""The model `accurate`: several looks at each person, put together before joints are read."""
