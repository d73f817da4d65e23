"""Words → rows, tables and labelled values, by geometry and by what the caller says a title or a label is.

Last step of reading a page, pure Python on words that are already safe: it runs in the calling process. It knows
neither orders nor languages: the titles of columns, the words of labels and how well a text fits a column come in
as functions from `intake/fields`.
"""
