# SPDX-License-Identifier: GPL-2.0-or-later
"""burn.py SECONDS: burns SECONDS of CPU time in the interpreter and prints what it used."""

import sys
import time


def python_burn(seconds):
    total = 0
    while time.process_time() < seconds:
        for i in range(20000):
            total += i * i
    return total


python_burn(float(sys.argv[1]))
print("cpu_ns", time.process_time_ns())
