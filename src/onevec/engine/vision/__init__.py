"""Images in the engine: decoding that cannot be abused, models' preprocessing, a descriptor without weights."""
