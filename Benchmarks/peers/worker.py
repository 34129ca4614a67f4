"""A contestant in a process of its own (serving.py): python worker.py NAME CASE.json"""

from __future__ import annotations

import sys

from serving import Served, serve


def make() -> Served:
    from case import Case
    from lineup import CONTESTANTS

    name, case_file = sys.argv[1:]
    return CONTESTANTS[name](Case.load(case_file))


serve(make)
