"""The conductor: order, progress, and what to do with what was set aside."""
