"""Entry of the set-up: says so when Python is too old, then hands over to setup_steps.

Written so that even Python 3.6 can read it; everything newer lives in setup_steps.py.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the very reason for this file
    sys.stderr.write(
        "Lingdun needs Python 3.11 or newer, and this is Python {}.{}; "
        "install a newer one and name it, e.g. `make run PYTHON=python3.12`.\n".format(
            *sys.version_info[:2]
        )
    )
    sys.exit(1)

from setup_steps import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
