"""``python -m diffpy`` is the command ``diffpy``."""

import sys

from diffpy.command_line import main

if __name__ == "__main__":
    sys.exit(main())
