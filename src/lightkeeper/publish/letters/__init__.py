"""The letters that a case is for: before, during and after. One model of each, and five ways to write it down."""
