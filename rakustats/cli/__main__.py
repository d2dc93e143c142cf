"""Run the command line: ``python -m rakustats.cli``."""

import sys

from rakustats.cli.commands import main

sys.exit(main())
