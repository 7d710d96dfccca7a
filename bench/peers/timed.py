"""Run a command and print its name, CPU and wall seconds, peak memory, and items per CPU second."""

import resource
import subprocess
import sys
import time

name, n, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
begin = time.monotonic()
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
if done.returncode:
    sys.exit(f"{name} ended with {done.returncode}: {done.stderr[-2000:]}")
wall = time.monotonic() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print(f"{name:<24} {cpu:9.2f} CPU s {wall:9.2f} s  peak {used.ru_maxrss / 1024:6.0f} MB  {n / cpu:9.0f} per CPU s")
