"""An engine child whose engine forgets a firing: the oracle must notice."""

from rules.judge import match
from rules.process import child


def main():
    honest = match.Match.run
    match.Match.run = lambda self: honest(self)[:-1]
    child.main()
