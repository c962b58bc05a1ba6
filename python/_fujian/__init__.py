"""The Python side of Fujian: a fork server and the interpreter sessions it forks.

Private: user code sees none of it but ``import fujian`` and the global ``FUJIAN_WS``.
Standard library only, CPython 3.9 to 3.14.
"""

from . import originals as originals  # first: it loads the other modules
