"""Vector shapes on the host: path data to outlines, flattened contours and the edges that coverage is computed from."""
