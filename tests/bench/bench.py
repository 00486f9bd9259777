#!/usr/bin/env python3
"""Measures how fast and how small Reeve is, compared with boto3 making the same calls, in one command.

Starts the simulated organization, runs one sweep (or plan) of it by Reeve and measures wall time, CPU time and
memory; then makes the same kind of calls for some of the accounts with a pool of boto3 threads, as a good script
does it (one shared model loader, a session for each account, a client for each account and region), and, with
--go, by the program in go/ on aws-sdk-go-v2 (built once with "go build", which downloads its modules); it prints all
with their ratios. It has no pass or fail: figures depend on the machine, ratios much less.

usage: python3 tests/bench/bench.py [--accounts 100 --regions 17 --latency 20 --limits aws --tls ...]
       python3 tests/bench/bench.py --plan-only --go
       python3 tests/bench/bench.py --accounts 1000 --plan-only --pool-accounts 0       (memory)
  REEVE, REEVE_SIM   the programs (default: those under build/)
"""
import argparse, json, os, resource, shutil, subprocess, sys, tempfile, threading, time, urllib.request

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FEATURES = set()                                        # of guardduty.detector in the configuration: none
KEY, SECRET, EXTERNAL_ID, ROLE, HOME = "AKIASIMORCHESTRATOR0", "sim-orchestrator-secret", "reeve-sim", "ReeveRemediation", "us-east-1"
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
# The shortest chain of calls in which each needs the answer of the one before, whoever makes them: DescribeOrganization,
# ListRoots, ListOrganizationalUnitsForParent, ListAccountsForParent, AssumeRole, DescribeRegions, ListDetectors,
# GetDetector; a sweep adds the change and the read after it.
CHAIN = {"plan": 8, "sweep": 10}
# The rate and the burst that AWS documents for one account's calls of the walk; Reeve keeps to them whatever --limits says
# (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html).
WALK_RATES = {"organizations.ListAccountsForParent": (5, 8), "organizations.ListOrganizationalUnitsForParent": (5, 8)}


def program(variable, *places):
    """Returns the program that the environment names, else the first of these under build/ that exists."""
    paths = [os.environ[variable]] if variable in os.environ else [os.path.join(TOP, "build", p) for p in places]
    for path in map(os.path.abspath, paths):
        if os.access(path, os.X_OK): return path
    sys.exit("no program at %s (set %s)" % (" or ".join(paths), variable))


# ---------------------------------------------------------------- the simulated organization
class Simulator:
    def __init__(self, o, folder):
        argv = [program("REEVE_SIM", "reeve-sim", "tests/sim/reeve-sim"), "--listen", "127.0.0.1:0", "--accounts", str(o.accounts), "--regions", str(o.regions),
                "--buckets", str(o.buckets), "--drift", str(o.drift), "--seed", str(o.seed), "--latency", str(o.latency), "--limits", o.limits]
        self.tls = None
        if o.tls:
            self.tls = certificate(folder)
            argv += ["--tls", "%s,%s" % self.tls]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=open(os.path.join(folder, "sim.err"), "a"), text=True)
        line = self.process.stdout.readline()
        if "://" not in line: sys.exit("the simulator did not start: %r" % line)
        self.url = next(w for w in line.split() if "://" in w).rstrip("/.,")

    def __enter__(self): return self

    def __exit__(self, *_):
        self.process.terminate()
        try: self.process.wait(10)
        except subprocess.TimeoutExpired: self.process.kill(); self.process.wait()

    def stats(self):
        import ssl
        context = ssl.create_default_context(cafile=self.tls[0]) if self.tls else None
        with urllib.request.urlopen(self.url + "/_sim/stats", context=context) as r: return json.load(r)

    def environment(self, folder):
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "PYTHONPATH") or k.endswith("SAN_OPTIONS")}
        return {**kept, "HOME": folder, "AWS_ENDPOINT_URL": self.url, "AWS_REGION": HOME, "AWS_DEFAULT_REGION": HOME, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", **({"AWS_CA_BUNDLE": authorities(folder, self.tls[0])} if self.tls else {})}


def certificate(folder):
    """Makes a certificate for the loopback address, by an authority that nobody else trusts."""
    cert, key = os.path.join(folder, "sim.crt"), os.path.join(folder, "sim.key")
    if not os.path.exists(cert):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cert],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


def authorities(folder, cert):
    """Makes a bundle of this machine's authorities and the certificate: against AWS, too, clients read some 140 authorities."""
    bundle = os.path.join(folder, "authorities.pem")
    with open(bundle, "w") as out:
        for path in SYSTEM_AUTHORITIES, cert:
            if os.path.exists(path):
                with open(path) as f: out.write(f.read() + "\n")
    return bundle


# ---------------------------------------------------------------- Reeve
def run_reeve(o, sim, folder):
    config = {"organization": {"remediation_role": ROLE, "external_id": EXTERNAL_ID, "home_region": HOME},
              "scope": {"regions": "enabled"},
              "baselines": [{"assign": "root", "set": {b: {} for b in ("s3.account-public-access-block", "s3.bucket-default-encryption",
                                                                       "iam.root-mfa", "iam.user-mfa", "guardduty.detector")}}],
              "limits": {"in_flight": o.in_flight, "changes_per_run": 1000000, "changes_per_account": 100000, "failure_rate": 1.0}}
    path = os.path.join(folder, "reeve.json")
    with open(path, "w") as f: json.dump(config, f)
    argv = [program("REEVE", "reeve"), "--config", path, "--state", os.path.join(folder, "state"), o.command, "--json"]
    with open(os.path.join(folder, "reeve.out"), "w+") as out, open(os.path.join(folder, "reeve.err"), "w+") as err:
        began = time.monotonic()
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=sim.environment(folder), cwd=folder)
        peak = watch_memory(p.pid)
        _, status, usage = os.wait4(p.pid, 0)
        wall = time.monotonic() - began
        p.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0); err.seek(0)
        text, log = out.read(), err.read()
    if p.returncode not in (0, 2, 3): sys.exit("reeve ended with status %d:\n%s" % (p.returncode, log[-2000:]))
    stats, doc = sim.stats(), json.loads(text)
    calls, accounts = sum(stats["calls"].values()), doc["organization"]["in_scope"]
    cpu, memory = usage.ru_utime + usage.ru_stime, peak()
    bound = max(calls * o.latency / 1e3 / o.in_flight, CHAIN[o.command] * o.latency / 1e3)
    paging = max(max(0, stats["calls"].get(name, 0) - burst) / rate for name, (rate, burst) in WALK_RATES.items())
    return {"status": p.returncode, "calls": calls, "wall_s": wall, "cpu_s": cpu, "peak_rss_mb": memory["VmHWM"] / 1024, "peak_anonymous_mb": memory["RssAnon"] / 1024,
            "accounts": accounts, "regions": doc["organization"]["regions"], "cells": doc["cells"], "assume_role_per_account": stats["calls"].get("sts.AssumeRole", 0) / max(accounts, 1),
            "throttled_share": doc["run"]["throttled"] / max(calls, 1), "retries": doc["run"]["retries"], "rejected": stats.get("rejected", {}),
            "peak_in_flight": stats.get("peak_in_flight"), "latency_bound_s": bound, "bound_to_wall": bound / wall if bound else None,
            "walk_bound_s": paging, "walk_bound_to_wall": paging / wall}


def memory_of(pid):
    """Returns {"VmHWM": kB, "RssAnon": kB} of a process, or None once it has ended."""
    try:
        with open("/proc/%s/status" % pid) as f: lines = dict(line.split(":", 1) for line in f)
        return {k: int(lines[k].split()[0]) for k in ("VmHWM", "RssAnon")}
    except (OSError, KeyError): return None


def watch_memory(pid):
    """Polls the memory of a process until it ends (its rusage counts the memory of its parent at the fork, too);
    returns a function that gives the peaks in kB."""
    peak = {"VmHWM": 0, "RssAnon": 0}

    def poll():
        while now := memory_of(pid):
            for k in peak: peak[k] = max(peak[k], now[k])
            time.sleep(0.005)

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    return lambda: (thread.join(1), peak)[1]


# ---------------------------------------------------------------- boto3
def run_pool(o, sim, folder):
    """Runs the pool in a process of its own, so that its CPU time and memory are measured apart."""
    argv = [sys.executable, os.path.abspath(__file__), "--pool", "--pool-accounts", str(o.pool_accounts), "--threads", str(o.threads)]
    p = subprocess.run(argv, env=sim.environment(folder), cwd=folder, stdout=subprocess.PIPE, text=True)
    if p.returncode: sys.exit("the boto3 pool failed")
    return json.loads(p.stdout)


def pool(o):
    import concurrent.futures, re
    import boto3, botocore.session
    from botocore.config import Config
    from botocore.exceptions import ClientError

    loader = botocore.session.Session().get_component("data_loader")
    config = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=o.threads)
    lock, count = threading.Lock(), [0]

    def session(credentials=None):
        core = botocore.session.Session()
        core.register_component("data_loader", loader)
        c = credentials or {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "SessionToken": None}
        return boto3.Session(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"], botocore_session=core)

    def client(of, service, region=HOME):
        with lock: made = of.client(service, region_name=region, config=config)
        made.meta.events.register("before-send", tally)
        # botocore puts the account id before any host, an IP address too
        made.meta.events.register("before-sign.s3-control", lambda request, **_: setattr(request, "url", re.sub(r"//\d{12}\.", "//", request.url)))
        return made

    def tally(**_):
        with lock: count[0] += 1

    def absent(call, **arguments):
        try: return call(**arguments)
        except ClientError: return None

    def entered(account):
        c = client(own, "sts").assume_role(RoleArn="arn:aws:iam::%s:role/%s" % (account, ROLE), RoleSessionName="bench", ExternalId=EXTERNAL_ID)
        return account, session(c["Credentials"])

    def account_wide(account, s):
        """Checks an account as scripts do it one check at a time: each makes its own client, and makes the calls that Reeve makes."""
        absent(client(s, "s3control").get_public_access_block, AccountId=account)
        client(s, "iam").get_account_summary()
        iam = client(s, "iam")
        for user in iam.list_users()["Users"]:
            if not absent(iam.get_login_profile, UserName=user["UserName"]): continue
            if not iam.list_mfa_devices(UserName=user["UserName"])["MFADevices"]:
                absent(iam.get_user_policy, UserName=user["UserName"], PolicyName="ReeveDenyWithoutMFA")
        by_region = {}
        for bucket in client(s, "s3").list_buckets(MaxBuckets=1000)["Buckets"]: by_region.setdefault(bucket.get("BucketRegion", HOME), []).append(bucket["Name"])
        for region, names in by_region.items():
            s3 = client(s, "s3", region)
            for name in names:
                found = absent(s3.get_bucket_encryption, Bucket=name)
                rules = found["ServerSideEncryptionConfiguration"]["Rules"] if found else [{}]
                if rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "AES256").startswith("aws:kms"): continue
                if not absent(s3.get_bucket_policy, Bucket=name): absent(s3.get_bucket_acl, Bucket=name)

    def regional(account, s, region):
        guardduty = client(s, "guardduty", region)
        for d in guardduty.list_detectors()["DetectorIds"]:
            detector = guardduty.get_detector(DetectorId=d)
            on = {f["Name"] for f in detector.get("Features", []) if f["Status"] == "ENABLED"}
            if detector["Status"] != "ENABLED" or not on.issuperset(FEATURES): absent(guardduty.get_administrator_account, DetectorId=d)

    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    own = session()
    organization = client(own, "organizations")
    pages = organization.get_paginator("list_accounts").paginate()
    active = [a["Id"] for page in pages for a in page["Accounts"] if a.get("State", a.get("Status")) == "ACTIVE"]
    head = organization.describe_organization()["Organization"]["MasterAccountId"]
    work = []
    with concurrent.futures.ThreadPoolExecutor(o.threads) as threads:
        def tried(account):
            try: return entered(account)
            except ClientError: return None             # the orchestrator's own account has no such role
        sessions = [x for x in threads.map(tried, [a for a in active if a != head][:o.pool_accounts + 1]) if x][:o.pool_accounts]
        for account, s in sessions:
            regions = [r["RegionName"] for r in client(s, "ec2").describe_regions()["Regions"] if r.get("OptInStatus") != "not-opted-in"]
            work.append(threads.submit(account_wide, account, s))
            work += [threads.submit(regional, account, s, region) for region in regions]
        for w in work: w.result()
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    memory = memory_of("self")
    json.dump({"calls": count[0], "wall_s": wall, "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "accounts": len(sessions),
               "peak_rss_mb": memory["VmHWM"] / 1024, "peak_anonymous_mb": memory["RssAnon"] / 1024}, sys.stdout)


# ---------------------------------------------------------------- Go
def build_go():
    """Builds the Go program outside the sources; Go's own cache makes it quick from the second time on."""
    path = os.path.join(TOP, "build", "bench-go-peer")
    subprocess.run(["go", "build", "-trimpath", "-o", os.path.abspath(path), "."], cwd=os.path.join(os.path.dirname(os.path.abspath(__file__)), "go"), check=True)
    return path


def run_go(o, sim, folder):
    p = subprocess.run([o.go_peer, "-accounts", str(o.accounts), "-in-flight", str(o.in_flight), "-home", HOME],
                       env=sim.environment(folder), cwd=folder, stdout=subprocess.PIPE, text=True)
    if p.returncode: sys.exit("the Go program failed")
    return json.loads(p.stdout)


# ---------------------------------------------------------------- the table
def table(o, reeve, boto, go):
    columns = [("Reeve", reeve)] + ([("boto3, %d threads" % o.threads, boto)] if boto else []) + ([("Go", go)] if go else [])
    rows = [("accounts", lambda r: "%d" % r["accounts"]), ("calls", lambda r: "%d" % r["calls"]), ("wall, s", lambda r: "%.2f" % r["wall_s"]),
            ("calls/s", lambda r: "%.0f" % (r["calls"] / r["wall_s"])), ("CPU, us per call", lambda r: "%.0f" % (r["cpu_s"] / r["calls"] * 1e6)),
            ("calls per CPU-second", lambda r: "%.0f" % (r["calls"] / r["cpu_s"])), ("peak memory, MB", lambda r: "%.0f" % r["peak_rss_mb"] if "peak_rss_mb" in r else "-"),
            ("of it anonymous, MB", lambda r: "%.0f" % r["peak_anonymous_mb"] if "peak_anonymous_mb" in r else "-")]
    print("%s of %d accounts x %d regions, %d ms latency, %s, limits %s, %d in flight; %d processors, load %.1f before" % (
        o.command, o.accounts, o.regions, o.latency, "TLS" if o.tls else "plain", o.limits, o.in_flight, os.cpu_count(), o.load))
    print("%-24s" % "" + "".join("%20s" % name for name, _ in columns))
    for name, value in rows: print("%-24s" % name + "".join("%20s" % value(r) for _, r in columns))
    cells = {k: v for k, v in reeve["cells"].items() if v}
    print("cells: " + ", ".join("%s %d" % kv for kv in cells.items()))
    print("AssumeRole calls per account: %.2f; throttled: %.2f %% of the calls; retries: %d; peak in flight seen: %s; refused: %s" % (
        reeve["assume_role_per_account"], 100 * reeve["throttled_share"], reeve["retries"], reeve["peak_in_flight"], reeve["rejected"] or "none"))
    if o.latency: print("latency alone (the larger of calls x latency / in flight and a chain of %d calls): %.2f s, %.0f %% of the wall time" % (
        CHAIN[o.command], reeve["latency_bound_s"], 100 * reeve["bound_to_wall"]))
    if reeve["walk_bound_s"]: print("the walk's pages at the rate that AWS documents: %.2f s, %.0f %% of the wall time" % (reeve["walk_bound_s"], 100 * reeve["walk_bound_to_wall"]))
    if boto: print("calls per CPU-second: %.1f times those of the boto3 pool (on %d of the accounts)" % (
        (reeve["calls"] / reeve["cpu_s"]) / (boto["calls"] / boto["cpu_s"]), boto["accounts"]))
    if go: print("calls per CPU-second: %.1f times those of the Go program" % ((reeve["calls"] / reeve["cpu_s"]) / (go["calls"] / go["cpu_s"])))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--accounts", type=int, default=100)
    ap.add_argument("--regions", type=int, default=17)
    ap.add_argument("--buckets", type=int, default=3, help="buckets of each account")
    ap.add_argument("--drift", type=float, default=0.2)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--latency", type=int, default=0, help="milliseconds that every answer is delayed")
    ap.add_argument("--limits", choices=["aws", "none"], default="none")
    ap.add_argument("--in-flight", type=int, default=256)
    ap.add_argument("--tls", action="store_true")
    ap.add_argument("--plan-only", dest="command", action="store_const", const="plan", default="sweep")
    ap.add_argument("--pool-accounts", type=int, default=6, help="accounts that the boto3 pool reads; 0: don't run it")
    ap.add_argument("--threads", type=int, default=32, help="threads of the boto3 pool")
    ap.add_argument("--go", action="store_true", help="also run the program on aws-sdk-go-v2; needs go")
    ap.add_argument("--json", action="store_true")
    ap.add_argument("--keep", action="store_true", help="keep the folder with configuration, document and logs")
    ap.add_argument("--pool", action="store_true", help=argparse.SUPPRESS)
    o = ap.parse_args()
    if o.pool: return pool(o)
    if o.go: o.go_peer = os.path.abspath(build_go())
    o.load = os.getloadavg()[0]
    folder = tempfile.mkdtemp(prefix="reeve-bench-")
    try:
        with Simulator(o, folder) as sim: reeve = run_reeve(o, sim, folder)
        boto = None
        if o.pool_accounts:
            with Simulator(o, folder) as sim: boto = run_pool(o, sim, folder)
        go = None
        if o.go:
            with Simulator(o, folder) as sim: go = run_go(o, sim, folder)
        if o.json: print(json.dumps({"options": {k: v for k, v in vars(o).items() if k not in ("pool", "keep")}, "reeve": reeve, "boto3": boto, "go": go}, indent=1))
        else: table(o, reeve, boto, go)
    finally:
        if o.keep: print("kept: " + folder, file=sys.stderr)
        else: shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__": main()
