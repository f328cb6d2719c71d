"""Sound: which clips a composition plays (manifest), their samples (resample, mix) and how loud they are (loudness)."""
