"""An engine child whose engine forgets a firing: the oracle must notice."""

from rules import child, match


def main():
    honest = match.Match.run
    match.Match.run = lambda self: honest(self)[:-1]
    child.main()
