"""The record of a case in the forms that others use. Each module is one form: a pure function from rows to text."""
