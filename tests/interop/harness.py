"""Shared by the tests against moto: a moto server, a recording proxy before it for each run of Reeve,
the run itself with a fully controlled environment, and the check of the recorded calls.

Nothing here reaches a real endpoint: every address is on 127.0.0.1 and the environment of a run is built
from nothing (no profile, no instance metadata, no shared files).
"""
import argparse, collections, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request

import modelcheck

HERE = os.path.dirname(os.path.abspath(__file__))
MUTATES_NOT = re.compile(r"(Get|List|Describe|Head|AssumeRole|BatchGet|Lookup)")
OPTIONS = argparse.Namespace(no_sig=False, s3_host=r"([a-z0-9][a-z0-9.-]+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?::\d+)?")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, process, seconds=60):
    for _ in range(int(seconds / 0.05)):
        if process.poll() is not None: raise SystemExit("a server ended at its start: %s" % process.args)
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0: return
        time.sleep(0.05)
    raise SystemExit("no answer on port %d" % port)


class Server:
    """A child process that listens on a loopback port, ended with the block it is used in."""

    def __init__(self, argv, port, log):
        self.port, self.url = port, "http://127.0.0.1:%d" % port
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=HERE)
        wait_port(port, self.process)

    def __enter__(self): return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try: self.process.wait(10)
        except subprocess.TimeoutExpired: self.process.kill(); self.process.wait()


def moto(log, strict=False):
    port = free_port()
    code = "import sys; from moto.server import main; main(sys.argv[1:])"
    launch = [os.path.join(HERE, "moto_strict.py")] if strict else ["-c", code]
    return Server([sys.executable, *launch, "-p", str(port)], port, log)


def strictness(url, on):
    """Turns moto's checking of signatures and permissions on or off."""
    urllib.request.urlopen(urllib.request.Request(
        url + "/moto-api/reset-auth", data=b"0" if on else b"inf", headers={"Content-Type": "text/plain"})).read()


class Checks:
    """Counts and prints; the last line of a test is `N passed, N failed, N skipped`."""

    def __init__(self, verbose=False): self.passed = self.failed = self.skipped = 0; self.verbose = verbose

    def ok(self, name, good, detail=""):
        if good: self.passed += 1
        else: self.failed += 1
        if not good: print("FAILED: %s%s" % (name, "\n    " + str(detail).replace("\n", "\n    ") if detail else ""), flush=True)
        elif self.verbose: print("ok: " + name, flush=True)
        return good

    def same(self, name, got, want):
        """Checks that two dictionaries (or values) are equal; the detail names the missing, extra and different entries."""
        if got == want: return self.ok(name, True)
        if not (isinstance(got, dict) and isinstance(want, dict)): return self.ok(name, False, "got  %r\nwant %r" % (got, want))
        lines = ["missing %s: %s" % (k, want[k]) for k in sorted(want.keys() - got.keys(), key=str)]
        lines += ["extra   %s: %s" % (k, got[k]) for k in sorted(got.keys() - want.keys(), key=str)]
        lines += ["differs %s: got %s, want %s" % (k, got[k], want[k]) for k in sorted(got.keys() & want.keys(), key=str) if got[k] != want[k]]
        return self.ok(name, False, "\n".join(lines[:12] + (["... %d more" % (len(lines) - 12)] if len(lines) > 12 else [])))

    def skip(self, name, why): self.skipped += 1; print("skipped: %s: %s" % (name, why), flush=True)

    def done(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped), flush=True)
        return 1 if self.failed else 0


Call = collections.namedtuple("Call", "service operation key region status mutates record")


class Run:
    """One run of Reeve: status, document, and every call it made, each compared with AWS's models."""

    def __init__(self, status, out, err, calls, errors, seconds):
        self.status, self.err, self.calls, self.errors, self.seconds, self.text = status, err, calls, errors, seconds, out
        try: self.doc = json.loads(out)
        except ValueError: self.doc = None

    def findings(self, keep=lambda f: True):
        return {(f["account"], f["region"], f["baseline"], f["resource"]): (f["status"], f["tier"])
                for f in (self.doc or {}).get("findings", []) if keep(f)}

    def finding(self, account, baseline, resource=None):
        for f in (self.doc or {}).get("findings", []):
            if (f["account"], f["baseline"]) == (account, baseline) and resource in (None, f["resource"]): return f

    def mutations(self): return collections.Counter(c.operation for c in self.calls if c.mutates)

    def assumed(self):
        """Returns how often each account's role was assumed."""
        return collections.Counter(re.search(r"RoleArn=arn%3Aaws%3Aiam%3A%3A(\d{12})%3A", modelcheck.base64.b64decode(c.record["body"]).decode())[1]
                                   for c in self.calls if c.operation == "AssumeRole")


def environment(endpoint, credentials, home, **more):
    """Returns the whole environment of a run: loopback endpoint, given keys, nothing from the machine."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TZ") or k.endswith("SAN_OPTIONS")}
    return {**kept, "HOME": home, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "NO_COLOR": "1", **more}


class Bench:
    """Runs Reeve: knows the binary, and a folder for configurations, states and logs."""

    def __init__(self, checks, reeve):
        self.checks, self.reeve, self.n = checks, reeve, 0
        self.dir = tempfile.mkdtemp(prefix="reeve-interop-")
        self.log = open(os.path.join(self.dir, "servers.log"), "w")

    def path(self, name): return os.path.join(self.dir, name)

    def write(self, name, value):
        with open(self.path(name), "w") as f: json.dump(value, f, indent=1)
        return self.path(name)

    def policy(self, which, config):
        """Returns the document that `reeve policy WHICH` prints for this configuration."""
        p = subprocess.run([self.reeve, "--config", self.write("policy.json", config), "policy", which], capture_output=True, text=True, timeout=60, cwd=self.dir,
                           env=environment("http://127.0.0.1:1", {"AccessKeyId": "none", "SecretAccessKey": "none"}, self.dir))
        self.checks.ok("policy %s prints a document, status 0" % which, p.returncode == 0 and p.stdout.lstrip()[:1] == "{", p.stderr[-500:])
        return json.loads(p.stdout)

    def run(self, name, world, config, *args, state=None, faults=(), credentials=None, sound=True):
        """Runs `reeve ARGS --json` through a new recording proxy, and checks that its traffic is correct."""
        self.n += 1
        base, port = "%02d-%s" % (self.n, re.sub(r"\W+", "-", name)), free_port()
        record = self.path(base + ".jsonl")
        credentials = credentials or world.management
        argv = [self.reeve, "--config", self.write(base + ".json", config), "--state", self.path(state or base + ".state"), *args, "--json"]
        proxy = [sys.executable, os.path.join(HERE, "recordproxy.py"), "--listen", str(port), "--upstream", world.endpoint, "--out", record]
        if faults: proxy += ["--faults", self.write(base + ".faults", list(faults))]
        with Server(proxy, port, self.log) as p:
            began = time.monotonic()
            try: r = subprocess.run(argv, capture_output=True, text=True, timeout=300, cwd=self.dir, env=environment(p.url, credentials, self.dir))
            except subprocess.TimeoutExpired: r = subprocess.CompletedProcess(argv, -1, "", "no end after 300 s")
            seconds = time.monotonic() - began
        for suffix, text in ((".out", r.stdout), (".err", r.stderr)):
            with open(self.path(base + suffix), "w") as f: f.write(text)
        calls, errors, secrets = judge(record, credentials)
        made = Run(r.returncode, r.stdout, r.stderr, calls, errors, seconds)
        if self.checks.verbose: print("-- %s: status %d, %d calls, %.1f s" % (name, r.returncode, len(calls), seconds), flush=True)
        if sound:
            self.checks.ok(name + ": stdout is one JSON document", made.doc is not None, (r.stdout[-300:] + r.stderr)[-1500:])
            self.checks.ok(name + ": every request fits AWS's models and its signature is right", calls and not errors, "\n".join(errors[:8]) or "no calls")
            self.checks.ok(name + ": it prints no secret", not any(s in r.stdout or s in r.stderr for s in secrets))
        return made

    def close(self):
        self.log.close()
        if self.checks.failed: print("the folder of the runs is kept: " + self.dir)
        else: shutil.rmtree(self.dir, ignore_errors=True)


def judge(record, credentials):
    """Returns the recorded calls with their operation, the errors that modelcheck finds in them, and the secrets used."""
    keys = {credentials["AccessKeyId"]: credentials["SecretAccessKey"]}
    calls, errors = [], []
    for line in open(record):
        rec = json.loads(line)
        r = modelcheck.check(rec, keys, OPTIONS)
        modelcheck.learn(rec, keys)
        name = r.op.name if r.op else "?"
        errors += ["#%d %s.%s: %s: %s" % (rec["n"], r.svc, name, kind, text) for kind, text in r.errs]
        calls.append(Call(r.svc, name, getattr(r, "akid", None), getattr(r, "region", None), rec["status"],
                          not MUTATES_NOT.match(name), rec))
    secrets = {s for k in keys.values() for s in ([k] if isinstance(k, str) else k.values())}
    return calls, errors, secrets


def removed(policy, *actions):
    """Returns a policy document without some actions."""
    statements = []
    for s in policy["Statement"]:
        left = [a for a in as_list(s["Action"]) if a not in actions]
        if left: statements.append({**s, "Action": left})
    return {**policy, "Statement": statements}


def widened(policy):
    """Returns the part of a policy that moto can evaluate: its allowed actions, on every resource, without conditions."""
    allowed = sorted({a for s in as_list(policy["Statement"]) if s["Effect"] == "Allow" for a in as_list(s["Action"])})
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}


def as_list(x): return x if isinstance(x, list) else [x]
