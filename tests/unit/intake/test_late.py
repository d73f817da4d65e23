"""A late pattern costs nothing until it is asked, and then is the compiled one."""

import re

import pytest

from intake.values.late import late


def test_pattern_is_compiled_when_it_is_first_asked():
    broken = late("(")
    with pytest.raises(re.error, match="unterminated"):
        broken.search("(")
    found = late("a(?P<b>B)", re.IGNORECASE)
    assert [match["b"] for match in found.finditer("ab AB xx")] == ["b", "B"]
    assert found.sub("", "xAB") == "x"
    assert (found.groups, found.pattern) == (1, "a(?P<b>B)")
