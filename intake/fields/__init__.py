"""Words and tables of a page → the fields of an order, each with its evidence (the upper half of **read**).

Steps, each a module: `labels` and `columns` say what a label or a title means, `values` how a text is written as a
value, `goods` and `parties` pick the values, `sku` and `buyer` match them with master data, `checks` lets them prove
one another, `assemble` decides what a person must look at and builds the draft. Nothing here knows pixels.
"""
