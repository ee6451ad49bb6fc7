# SPDX-License-Identifier: GPL-2.0-or-later
"""Burns CPU in the interpreter and in what C code calls back, for a number of seconds."""
import json
import re
import sys
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def work():
    words = sorted((str(i * 7919 % 1000) for i in range(300)), key=lambda w: (len(w), w))
    return len(re.sub(r"(\d)\1", lambda m: m.group(1), json.dumps(words))) + fib(12)


end = time.time() + float(sys.argv[1])
while time.time() < end:
    work()
