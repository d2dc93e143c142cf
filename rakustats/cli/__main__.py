"""Run the command line: ``python -m rakustats.cli``."""

import sys

from rakustats.cli.app import main

sys.exit(main())
