# ruff: noqa: E501 - rules of other engines read best one to a line
"""The shipped policies written again for other engines, by hand, as their own documentation recommends.

Each rival is a function ``facts → {(rule, key)}`` over the same nested facts, so that agreement can be checked: ``key``
is the line number, the twin's order id or empty. Joined stock figures stand on the lines already, to the rivals' favour.
"""
