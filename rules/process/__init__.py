"""Engine children: processes that judge, explain or prove, their pipes and their crews.

Place in the order's way: between the server and decide.
"""
