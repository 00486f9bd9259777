"""The world of check_api.py: the simulated organization, `reeve serve` with a TCP listener and a token of each role, some
history, and a plain HTTP client, which shares no code with the server."""
import hashlib
import http.client
import json
import os
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "safety"))
from serving import Serving, block_removed, wait_until  # noqa: E402
from world import Wrong  # noqa: E402

BLOCK = "s3.account-public-access-block"
ENCRYPTION = "s3.bucket-default-encryption"
ROLES = ("viewer", "responder", "admin", "ingest")
HOST = "reeve.example.com"


def token(role):
    return "token-of-%s" % role


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Answer:
    def __init__(self, method, got):
        self.status, self.headers, self.body = got.status, got.headers, got.read()
        self.type = (self.headers.get("Content-Type") or "").split(";")[0]
        self.json = json.loads(self.body) if self.type == "application/json" and method != "HEAD" else None

    @property
    def code(self):
        return self.json["error"]["code"] if isinstance(self.json, dict) and "error" in self.json else None

    def __str__(self):
        return "%d %s %.300s" % (self.status, self.type, self.body.decode("utf-8", "backslashreplace"))


class Api(Serving):
    """A running API with some history, for `with Api() as api:`."""

    def __init__(self):
        self.port = free_port()
        people = [{"name": role.title(), "role": role, "tokens": [hashlib.sha256(token(role).encode()).hexdigest()]} for role in ROLES]
        super().__init__({"accounts": 12, "regions": 2, "drift": 0.6, "buckets": 2, "seed": 5, "trail-events": "off"},
                         {"http": {"listen": "127.0.0.1:%d" % self.port, "hosts": [HOST], "requests_per_minute": 100000},
                          "organization": {"home_region": "us-east-1"},
                          "tiers": [{"assign": "root", "set": {ENCRYPTION: "approval"}}], "approvals": {"four_eyes": False}})
        self.configuration["people"] += people
        self.connections = {}

    # --- requests ---

    def ask(self, method, target, who="admin", body=None, headers=None, source=None, length=None):
        """Makes a request with a role's token (None: without one) and a body as JSON or bytes, over a connection that is kept for the next
        of the same source address. `length` is a false Content-Length."""
        fields = {"Host": "127.0.0.1:%d" % self.port, **({"Authorization": "Bearer " + token(who)} if who else {}), **(headers or {})}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            fields.setdefault("Content-Type", "application/json")
        if data is not None or length is not None:
            fields["Content-Length"] = str(len(data) if length is None else length)
        for attempt in (0, 1):
            connection = self.connections.get(source) or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=source and (source, 0))
            self.connections[source] = connection
            try:
                connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in fields.items():
                    connection.putheader(name, value)
                connection.endheaders(data)
                got = connection.getresponse()
                answer = Answer(method, got)
            except Exception as problem:
                connection.close()
                del self.connections[source]
                if attempt or not isinstance(problem, (http.client.BadStatusLine, ConnectionError)):  # it was idle for too long
                    raise
                continue
            if answer.headers.get("Connection") == "close":
                connection.close()
                del self.connections[source]
            return answer

    def expect(self, wanted, method, target, **more):
        answer = self.ask(method, target, **more)
        if answer.status != wanted:
            raise Wrong("%s %s: %s" % (method, target, answer))
        return answer.json

    # --- history ---

    def finished(self, kind="sweep"):
        return [run for run in self.get("/api/v1/runs?limit=100")["runs"] if run["kind"] == kind and run["state"] == "finished"]

    def make_history(self):
        """Makes a sweep, an event, an approval, a denial, an exception and a pause, each by the API."""
        self.expect(202, "POST", "/api/v1/sweep")
        wait_until("the sweep is finished", lambda: self.finished() and self.get("/api/v1/status")["daemon"]["sweep"] is None, 60)
        account = self.active[4]
        self.account(account, s3_block=None)
        self.send(block_removed(account))
        wait_until("the event has an outcome", lambda: self.signals(account=account), 60)
        waiting = self.expect(200, "GET", "/api/v1/approvals")["approvals"]
        if len(waiting) < 4:
            raise Wrong("only %d changes wait for approval" % len(waiting))
        self.expect(200, "POST", "/api/v1/approvals/%s/approve" % waiting[0]["id"], body={"note": "well"})
        self.expect(200, "POST", "/api/v1/approvals/%s/deny" % waiting[1]["id"], who="responder")
        self.expect(200, "POST", "/api/v1/exceptions", body=exception(self.active[5]))
        self.expect(200, "POST", "/api/v1/pauses", who="responder", body={"account": self.active[6], "reason": "a look"})


def exception(account):
    return {"account": account, "baseline": BLOCK, "reason": "a test", "owner": "tests",
            "expires": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 86400))}
