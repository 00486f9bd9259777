"""Makes the scenarios from their files: fills in the cases, and chooses the wanted ones."""
import glob
import json
import os
import re
import subprocess

from .scenario import Scenario


def put_case(value, case):
    """Replaces "{case:KEY}" everywhere: by the case's value itself where it is the whole text."""
    if isinstance(value, str):
        whole = re.fullmatch(r"\{case:(\w+)\}", value)
        return case[whole[1]] if whole else re.sub(r"\{case:(\w+)\}", lambda m: str(case[m[1]]), value)
    if isinstance(value, list):
        return [put_case(item, case) for item in value]
    if isinstance(value, dict):
        return {key: put_case(item, case) for key, item in value.items()}
    return value


def read(path, mode, programs, seed):
    """Returns the scenarios of one file: one, or one for each of its "cases"."""
    name = os.path.splitext(os.path.basename(path))[0]
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    cases = data.pop("cases", None)
    if cases is None:
        return [Scenario(name, data, mode, programs, seed)]
    made = []
    for case in cases:
        whole = {**data, **case}
        whole = {key: put_case(value, whole) for key, value in whole.items()}
        made.append(Scenario("%s/%s" % (name, case["name"]), {k: v for k, v in whole.items() if v is not None}, mode, programs, seed))
    return made


def load(folder, mode, programs, names, seed):
    """Returns the scenarios that are named by file, or by file and case; without names those of this mode."""
    scenarios = [s for path in sorted(glob.glob(os.path.join(folder, "*.json"))) for s in read(path, mode, programs, seed)]
    if not names:
        return [s for s in scenarios if s.wanted()]
    chosen = [s for s in scenarios if s.name in names or s.name.split("/")[0] in names]
    missing = set(names) - {s.name for s in chosen} - {s.name.split("/")[0] for s in chosen}
    if missing:
        raise SystemExit("there is no scenario %s" % ", ".join(sorted(missing)))
    return chosen


def scopes(reeve):
    """Returns {baseline id: "account" or "region"}, by the program's own table."""
    out = subprocess.run([reeve, "baselines", "--json"], capture_output=True, text=True, check=True).stdout
    return {b["id"]: "region" if "region" in b["scope"] else "account" for b in json.loads(out)["baselines"]}
