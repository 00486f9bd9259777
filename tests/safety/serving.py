"""A world in which `reeve serve` runs: with its events and its API over the control socket."""
import http.client
import json
import os
import signal
import socket
import time

from world import Simulator, Wrong, World, REEVE_SIM, merge  # noqa: F401

TOKEN = "reeve-test-token"  # belongs to nobody, since the tests use the control socket


class SocketConnection(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path, timeout_s=30):
        super().__init__("localhost", timeout=timeout_s)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def wait_until(what, condition, timeout_s=30, every_s=0.02):
    end = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Wrong("not within %g s: %s" % (timeout_s, what))
        time.sleep(every_s)


class Serving(World):
    """A world for `with Serving(...) as world:`, in which world.serve() starts the daemon."""

    def __init__(self, simulator=None, configuration=None, env=None):
        super().__init__(simulator, None, env)
        accounts = self.sim_state()["accounts"]
        self.delegated = accounts[1]["id"]
        self.active = [a["id"] for a in accounts if a["state"] == "ACTIVE" and not a["removed"] and a["role"]]
        queue = "%s/%s/reeve-events" % (self.simulator.url, self.delegated)
        self.configuration = merge(self.configuration, merge({
            "events": {"queue_url": queue, "queue_region": "us-east-1", "settle_seconds": 1, "settle_limit_seconds": 3},
            "people": [{"name": "Root Operator", "system_users": ["root"], "role": "admin"}]}, configuration or {}))
        self.daemon = None

    def close(self):
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        super().close()

    # --- the process ---

    def serve(self, env=None, ready=True, prefix=()):
        self.daemon = self.start(["--verbose", "serve"], env, prefix)
        if ready:
            wait_until("the daemon is ready", self.is_ready, 60)
        return self.daemon

    def is_ready(self):
        if self.daemon.poll() is not None:
            raise Wrong("`reeve serve` ended with %s: %s" % (self.daemon.returncode, self.log()[-1500:]))
        try:
            return self.api("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def log(self):
        file = self.daemon.outputs[1]
        file.seek(0)
        return file.read().decode("utf-8", "backslashreplace")

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def stop(self, timeout_s=60):
        """Sends SIGTERM. Returns the exit status."""
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(timeout_s)

    # --- the API ---

    def api(self, method, path, body=None):
        """Asks over the control socket. Returns (status, answer); an answer in JSON is parsed."""
        connection = SocketConnection(os.path.join(self.state_folder, "control.sock"))
        try:
            connection.request(method, path, None if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body),
                               {} if body is None else {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "backslashreplace")
            return answer.status, json.loads(text) if answer.headers.get_content_type() == "application/json" and text else text
        finally:
            connection.close()

    def get(self, path):
        status, answer = self.api("GET", path)
        if status != 200:
            raise Wrong("GET %s: %s %s" % (path, status, answer))
        return answer

    def metrics(self):
        """Returns the metrics as {"name{labels}": value}."""
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics").splitlines() if line and line[0] != "#"}

    def signals(self, **query):
        path = "/api/v1/signals?limit=1000" + "".join("&%s=%s" % item for item in query.items())
        return self.get(path)["signals"]

    # --- the queue ---

    def send(self, *bodies):
        """Puts messages into the queue: strings as they are, objects as JSON."""
        self.simulator.post("/_sim/queue", json.dumps(list(bodies)))

    def queue(self, **query):
        return json.loads(self.simulator.get("/_sim/queue" + ("?" + "&".join("%s=%s" % item for item in query.items()) if query else "")))

    def drained(self, timeout_s=60):
        """Waits until nothing is in the queue any more."""
        wait_until("the queue is empty", lambda: self.queue()["visible"] + self.queue()["in_flight"] + self.queue()["delayed"] == 0, timeout_s)

    # --- what happens in AWS ---

    def account(self, account, **changes):
        """Changes an account as somebody else, without an event."""
        self.simulator.post("/_sim/account", json.dumps({"id": account, "set": changes}))

    def account_state(self, account):
        return next(a for a in self.sim_state()["accounts"] if a["id"] == account)


# --- events, written here ---

_number = [0]


def _id(prefix):
    _number[0] += 1
    return "%s-%d-%d" % (prefix, os.getpid(), _number[0])


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def trail_event(account, region, source, name, parameters=None, actor=None, **more):
    """Returns the event that EventBridge sends for an API call."""
    service = source.split(".")[0]
    identity = actor or {"type": "IAMUser", "arn": "arn:aws:iam::%s:user/somebody" % account, "accountId": account, "userName": "somebody"}
    return {"version": "0", "id": _id("event"), "detail-type": "AWS API Call via CloudTrail", "source": "aws." + service, "account": account,
            "time": now(), "region": region, "resources": [],
            "detail": {"eventVersion": "1.09", "userIdentity": identity, "eventTime": now(), "eventSource": source, "eventName": name, "awsRegion": region,
                       "requestParameters": parameters or {}, "responseElements": None, "requestID": _id("request"), "eventID": _id("trail"),
                       "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": account, **more}}


def block_removed(account, region="us-east-1"):
    return trail_event(account, region, "s3.amazonaws.com", "DeleteAccountPublicAccessBlock", {"accountId": account})


def detector_changed(account, region, detector):
    return trail_event(account, region, "guardduty.amazonaws.com", "UpdateDetector", {"detectorId": detector, "enable": False})


def irrelevant(account, region="us-east-1"):
    return trail_event(account, region, "ec2.amazonaws.com", "StartInstances", {"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}})
