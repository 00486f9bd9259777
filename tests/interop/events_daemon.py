"""`reeve serve` beside moto: the process behind a recording proxy, its API over the control socket, and its traffic."""
import base64, collections, http.client, json, os, re, signal, socket, subprocess, sys, time

from botocore.exceptions import ClientError

import harness
from fixture import BPA, GUARDDUTY, ROOT_MFA, SSE, USER_MFA


# The error codes of SQS for a receipt handle that is no longer valid.
HANDLE_GONE = ("ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")


class Late(Exception):
    """Something that must happen did not happen in time."""


def wait_until(what, condition, seconds=180):
    """Waits until the function returns something true. The time limit only ends a test that hangs; a slow machine may take long."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found: return found
        if time.monotonic() > end: raise Late("not within %g s: %s" % (seconds, what))
        time.sleep(0.05)


class SocketConnection(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon:
    """A daemon that is ready within `with Daemon(...) as daemon:`. At the end of the block it is killed, unless `stop` was called."""

    def __init__(self, bench, world, config, state, answers=()):
        self.bench, self.world, self.record = bench, world, bench.path("serve.jsonl")
        self.config_path, self.state = bench.write("serve.json", config), bench.path(state)
        port = harness.free_port()
        self.proxy = harness.Server([sys.executable, os.path.join(harness.HERE, "recordproxy.py"), "--listen", str(port), "--upstream", world.endpoint,
                                     "--out", self.record, "--faults", bench.write("serve.faults", list(answers))], port, bench.log)
        self.err = open(bench.path("serve.err"), "w+")
        self.process = subprocess.Popen([bench.reeve, "--config", self.config_path, "--state", self.state, "--verbose", "serve"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.err, cwd=bench.dir,
                                        env=harness.environment(self.proxy.url, world.management, bench.dir))

    def __enter__(self):
        wait_until("the daemon is ready", self.is_ready)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.proxy.__exit__()
        self.err.close()

    def is_ready(self):
        if self.process.poll() is not None: raise Late("`reeve serve` ended with %s: %s" % (self.process.returncode, self.log()[-1500:]))
        try: return self.api("GET", "/readyz")[0] == 200
        except OSError: return False

    def log(self):
        with open(self.bench.path("serve.err"), errors="backslashreplace") as f: return f.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def reload(self, config):
        """Reloads another configuration while it runs."""
        taken = self.log().count("configuration is in force")
        self.bench.write("serve.json", config)
        self.process.send_signal(signal.SIGHUP)
        wait_until("the new configuration is taken", lambda: self.log().count("configuration is in force") > taken)

    # ---- the API
    def api(self, method, path, body=None):
        connection = SocketConnection(os.path.join(self.state, "control.sock"))
        try:
            connection.request(method, path, body, {} if body is None else {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "backslashreplace")
            return answer.status, json.loads(text) if answer.headers.get_content_type() == "application/json" and text else text
        finally: connection.close()

    def list(self, name, **query):
        status, answer = self.api("GET", "/api/v1/%s?limit=1000%s" % (name, "".join("&%s=%s" % item for item in query.items())))
        if status != 200: raise Late("GET %s: %s %s" % (name, status, answer))
        return answer[name]

    def signals(self, **query): return self.list("signals", **query)

    def cells(self, account): return {(c["baseline"], c["region"]): c["status"] for c in self.list("cells", account=account)}

    def metric(self, name, **labels):
        lines = self.api("GET", "/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + "{") and all('%s="%s"' % item in line for item in labels.items()))

    def run(self, *args, stdin=None):
        """Runs another command on the same state folder; it reaches the endpoint through the same proxy."""
        return subprocess.run([self.bench.reeve, "--config", self.config_path, "--state", self.state, *args], capture_output=True, text=True, timeout=60,
                              cwd=self.bench.dir, input=stdin, env=harness.environment(self.proxy.url, self.world.management, self.bench.dir))

    # ---- its traffic, while it runs
    def exchanges(self, target):
        """Returns (request, answer) of the calls of this X-Amz-Target, both parsed."""
        with open(self.record) as f: records = [json.loads(line) for line in f if line.endswith("\n")]
        return [(json.loads(base64.b64decode(r["body"])), json.loads(base64.b64decode(r["resp_body"]) or b"{}")) for r in records
                if r["status"] == 200 and dict(r["headers"]).get("X-Amz-Target") == target]


def given_back(daemon, message):
    """Returns (receipt handles, seconds of each release) of a message that Reeve received, from its traffic."""
    handles = [m["ReceiptHandle"] for _, answer in daemon.exchanges("AmazonSQS.ReceiveMessage") for m in answer.get("Messages", []) if m["MessageId"] == message]
    return handles, [e["VisibilityTimeout"] for ask, _ in daemon.exchanges("AmazonSQS.ChangeMessageVisibilityBatch") for e in ask["Entries"]
                     if e["ReceiptHandle"] in handles]


def bring_back(daemon, queue, message):
    """Ends a message's visibility timeout now. On a slow machine it may have ended by itself, and the receipt handle with it."""
    try: queue.sqs.change_message_visibility(QueueUrl=queue.url, ReceiptHandle=given_back(daemon, message)[0][-1], VisibilityTimeout=0)
    except ClientError as error:
        if error.response["Error"]["Code"] not in HANDLE_GONE: raise


def accounts_of_keys(calls):
    """Returns {access key id: account} of the sessions that STS issued."""
    keys = {}
    for call in calls:
        if call.operation != "AssumeRole" or call.status != 200: continue
        account = re.search(r"RoleArn=arn%3Aaws%3Aiam%3A%3A(\d{12})%3A", base64.b64decode(call.record["body"]).decode())[1]
        keys[re.search(r"<AccessKeyId>(\w+)</AccessKeyId>", base64.b64decode(call.record["resp_body"]).decode())[1]] = account
    return keys


def cell_of(call):
    """Returns the cell that a call in a member account is for, by the call's service and region."""
    if call.service == "guardduty": return GUARDDUTY, call.region
    if call.service == "iam": return ROOT_MFA if call.operation == "GetAccountSummary" else USER_MFA, "global"
    return {"s3control": (BPA, "global"), "s3": (SSE, "global")}.get(call.service, (call.service, call.operation))


def by_account(calls):
    """Returns {account: its calls} of the calls that were made with a session in a member account."""
    keys, made = accounts_of_keys(calls), collections.defaultdict(list)
    for call in calls:
        if call.key in keys: made[keys[call.key]].append(call)
    return made
