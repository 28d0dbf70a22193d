"""sennit/__main__.py: `python -m sennit`, which is the command `sennit`."""

import sys

from ._command import main

sys.exit(main())
