"""Flexbox and grid by Taffy: where the items of a layout lie, frame by frame (spec, section 10)."""
