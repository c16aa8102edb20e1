"""Cells and outside series on one dense grid, and what the steps before lead one to expect."""

from lightkeeper.signals.cells import cells, cells_of
from lightkeeper.signals.countries import country_cells
from lightkeeper.signals.grid import Grid, grid

__all__ = ["Grid", "cells", "cells_of", "country_cells", "grid"]
