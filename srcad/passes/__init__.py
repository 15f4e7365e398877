"""Passes: from IR to IR. `srcad.pipeline.STEPS` has their order."""
