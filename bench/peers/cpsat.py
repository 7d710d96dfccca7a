"""OR-tools CP-SAT on the projects of PSPLIB: the mean gap to the best known makespans.

cpsat.py FOLDER SETS SECONDS [EVERY]: two workers, each with SECONDS of CPU an instance, so that other work on the machine
takes nothing away; the CPU seconds used are printed. EVERY third, fifth … instance of each set.
"""

import csv
import resource
import sys
import threading
from pathlib import Path

from ortools.sat.python import cp_model


def numbers(path):
    yield from map(int, path.read_text().split())


def model(path):
    """Intervals with gates and cumulative resources; minimise the makespan."""
    read = numbers(path)
    n, n_resources = next(read), next(read)
    capacity = [next(read) for _ in range(n_resources)]
    durations, needs, successors = [], [], []
    for _ in range(n):
        durations.append(next(read))
        needs.append([next(read) for _ in range(n_resources)])
        successors.append([next(read) - 1 for _ in range(next(read))])
    problem, horizon = cp_model.CpModel(), sum(durations)
    starts = [problem.new_int_var(0, horizon, f"s{at}") for at in range(n)]
    intervals = [problem.new_fixed_size_interval_var(starts[at], durations[at], f"i{at}") for at in range(n)]
    for at in range(n):
        for after in successors[at]:
            problem.add(starts[after] >= starts[at] + durations[at])
    for resource_idx in range(n_resources):
        used = [at for at in range(n) if needs[at][resource_idx] > 0]
        problem.add_cumulative([intervals[at] for at in used], [needs[at][resource_idx] for at in used], capacity[resource_idx])
    makespan = problem.new_int_var(0, horizon, "makespan")
    problem.add_max_equality(makespan, [starts[at] + durations[at] for at in range(n)])
    problem.minimize(makespan)
    return problem


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


WORKERS = 2


def solved(problem, seconds):
    """A solver that has stopped, at the latest after so many CPU seconds of each worker, and its status."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    began, done = cpu_seconds(), threading.Event()

    def watch():
        while not done.wait(0.05):
            if cpu_seconds() - began > WORKERS * seconds:
                solver.stop_search()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return solver, solver.solve(problem)
    finally:
        done.set()
        watcher.join()


folder, sets, seconds = Path(sys.argv[1]), sys.argv[2].split(","), float(sys.argv[3])
every = int(sys.argv[4]) if len(sys.argv) > 4 else 1
with open(folder / "best_known.csv") as file:
    best = {row["instance"]: int(row["best_known_makespan"]) for row in csv.DictReader(file)}
print("| set | instances | best known met | mean gap | CPU s an instance |\n|---|---|---|---|---|")
for name in sets:
    gaps, met, began = [], 0, cpu_seconds()
    files = sorted((folder / name).glob("*.rcp"))[::every]
    for path in files:
        solver, status = solved(model(path), seconds)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            sys.exit(f"{path.name}: no schedule in {seconds} s")
        gaps.append(solver.objective_value / best[path.name] - 1)
        met += solver.objective_value <= best[path.name]
    print(f"| {name} | {len(files)} | {met} | {100 * sum(gaps) / len(gaps):.3f} % | {(cpu_seconds() - began) / len(files):.1f} |", flush=True)
