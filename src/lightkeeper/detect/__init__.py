"""Series to changes to events. Pure functions of the rows: run twice, in any order, they give the same."""
