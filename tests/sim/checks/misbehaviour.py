"""Throttling, faults, latency, and the server itself."""
import json
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from .harness import ERRORS, ORCHESTRATOR, SESSION, SIM, Sim, check, fails, members


# --- limits, faults, latency ---

@check
def limits():
    with Sim("--limits", "aws") as sim:
        account = members(sim)[0][0]["id"]
        o, who = sim.client("organizations"), sim.role(account)
        o.list_roots(), o.list_roots()
        fails("TooManyRequestsException", 400, o.list_roots)
        time.sleep(1.2)
        o.list_roots()
        codes = {}
        for service, call in (("iam", "list_users"), ("guardduty", "list_detectors"), ("s3", "list_buckets")):
            client = sim.client(service, who=who)
            deadline = time.time() + 15
            while time.time() < deadline and service not in codes:
                codes.update(hammer(sim, client, call, service))
        assert codes == {"iam": ("Throttling", 400), "guardduty": ("TooManyRequestsException", 429),
                         "s3": ("SlowDown", 503)}, codes
        assert sim.get("/_sim/stats")["throttled"] >= 3


def hammer(sim, client, call, service):
    found = {}

    def run():
        for _ in range(60):
            try:
                getattr(client, call)()
            except ClientError as error:
                found[service] = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
                return
    threads = [threading.Thread(target=run) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return found


@check
def faults():
    with Sim() as sim:
        account = members(sim)[0][0]
        who, bucket = sim.role(account["id"]), account["buckets"][0]
        iam, s3 = sim.client("iam", who=who), sim.client("s3", bucket["region"], who)
        gd, o, ec2 = sim.client("guardduty", who=who), sim.client("organizations"), sim.client("ec2", who=who)

        def fault(text):
            assert sim.post("/_sim/fault", text) == 200

        fault("throttle=1")
        fails("Throttling", 400, iam.list_users)
        fails("SlowDown", 503, s3.list_buckets)
        fails("TooManyRequestsException", 429, gd.list_detectors)
        fails("TooManyRequestsException", 400, o.list_roots)
        fails("RequestLimitExceeded", 503, ec2.describe_regions)
        fault("denied@iam.ListUsers=1")
        fails("AccessDenied", 403, iam.list_users)
        iam.get_account_summary()
        fault({"expired": 1})
        fails("ExpiredToken", 403, iam.list_users)
        o.list_roots()
        fault("skew=1")
        fails("RequestTimeTooSkewed", 403, s3.list_buckets)
        fails("SignatureDoesNotMatch", 403, iam.list_users)
        fault("5xx=1:2")
        for client, call in ((iam, "list_users"), (gd, "list_detectors")):
            try:
                getattr(client, call)()
                raise AssertionError("no 5xx")
            except ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        iam.list_users()  # the count is used up
        fault("truncate=1")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert sim.is_cut_off("POST", "/", "Action=ListUsers&Version=2010-05-08", "iam", who, headers=form)
        assert sim.is_cut_off("GET", "/detector", None, "guardduty", who)
        for text in ("html=1", "reset=1", "entity=1"):
            fault(text)
            for call in (iam.list_users, gd.list_detectors):
                if (text, call) == ("entity=1", iam.list_users):
                    continue  # boto3 would expand it
                try:
                    call()
                    raise AssertionError(f"{text} had no effect")
                except ERRORS:
                    pass
        fault("region=1")
        got = [sim.raw(AWSRequest("GET", f"{sim.url}/{bucket['name']}?acl"), S3SigV4Auth(Credentials(*who), "s3", bucket["region"]))
               for _ in range(2)]
        assert sorted(g[0] for g in got) == [301, 400]
        assert sim.post("/_sim/fault", "nonsense=1") == 400
        assert sim.post("/_sim/fault", "5xx@nowhere=1") == 400
        assert sim.post("/_sim/fault", "5xx=7") == 400
        fault("")
        iam.list_users(), s3.list_buckets(), gd.list_detectors()
        assert sim.get("/_sim/stats")["faults"]["throttle"] == 5


@check
def fault_effects():
    with Sim("--drift", "0") as sim:
        account = members(sim)[0][0]["id"]
        c = sim.client("s3control", who=sim.role(account))

        def attempt():
            try:
                c.delete_public_access_block(AccountId=account)
                return True
            except ERRORS:
                return False

        for kind in ("5xx", "html", "reset", "truncate", "throttle", "denied"):
            sim.post("/_sim/fault", kind + "=1")
            attempt()
            assert sim.get(f"/_sim/state?account={account}")["s3_block"], kind
        sim.post("/_sim/fault", "reset-after=1")
        assert not attempt()
        assert sim.get(f"/_sim/state?account={account}")["s3_block"] is None
        stats = sim.get("/_sim/stats")
        assert stats["mutating"] == 7 and stats["effects"] == 1, stats


@check
def fault_rate():
    counts = []
    for _ in range(2):
        with Sim("--fault", "throttle@iam=0.3") as sim:
            iam = sim.client("iam", who=sim.role(members(sim)[0][0]["id"]))
            outcome = []
            for _ in range(60):
                try:
                    iam.list_users()
                    outcome.append(0)
                except ClientError:
                    outcome.append(1)
            counts.append(outcome)
    assert counts[0] == counts[1] and 8 <= sum(counts[0]) <= 30, counts


@check
def slow_faults():
    with Sim() as sim:
        account = members(sim)[0][0]
        who = sim.role(account["id"])
        quick = {"read_timeout": 1, "retries": {"total_max_attempts": 1}}
        sim.post("/_sim/fault", "stall=1")
        expect_timeout(sim.client("iam", who=who, **quick).list_users)
        sim.post("/_sim/fault", "trickle=1")
        s = socket.create_connection(("127.0.0.1", sim.port))
        s.sendall(signed_get(sim, who))
        start, got = time.time(), b""
        while len(got) < 5:
            got += s.recv(100)
        assert got == b"HTTP/" and time.time() - start > 0.7
        s.close()
        sim.post("/_sim/fault", "endless=1")
        s = socket.create_connection(("127.0.0.1", sim.port))
        s.sendall(signed_get(sim, who))
        n = 0
        while n < 3_000_000:
            n += len(s.recv(65536))
        s.close()
        sim.post("/_sim/fault", "")
        sim.client("iam", who=who).list_users()


def signed_get(sim, who):
    request = AWSRequest("GET", f"{sim.url}/detector")
    SigV4Auth(Credentials(*who), "guardduty", "us-east-1").add_auth(request)
    headers = dict(request.prepare().headers.items())
    return ("GET /detector HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % sim.port +
            "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode()


def expect_timeout(call):
    start = time.time()
    try:
        call()
    except ERRORS:
        assert time.time() - start > 0.8
        return
    raise AssertionError("no timeout")


@check
def latency():
    with Sim("--latency", "300") as sim:
        start = time.time()
        threads = [threading.Thread(target=sim.client("organizations").list_roots) for _ in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert time.time() - start >= 0.3
        assert sim.get("/_sim/stats")["peak_in_flight"] >= 2


# --- the server itself ---

@check
def http():
    with Sim() as sim:
        def talk(data, end=b""):
            s = socket.create_connection(("127.0.0.1", sim.port))
            s.settimeout(5)
            for part in data:
                s.sendall(part)
                time.sleep(0.05)
            got = b""
            while not end or end not in got:
                more = s.recv(65536)
                if not more:
                    break
                got += more
            s.close()
            return got
        assert talk([b"nonsense\r\n\r\n"]).startswith(b"HTTP/1.1 400")
        assert talk([b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"]).startswith(b"HTTP/1.1 501")
        assert talk([b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"]).startswith(b"HTTP/1.1 413")
        try:
            assert talk([b"GET / HTTP/1.1\r\nX: " + b"x" * 70000]).startswith(b"HTTP/1.1 431")
        except ConnectionResetError:
            pass  # the server closed before it had read everything
        # A request in pieces, 100 Continue, two requests in one piece, and the end of the connection.
        got = talk([b"POST /_sim/fault HTTP/1.1\r\nHost: a\r\nExpect: 100-conti", b"nue\r\nContent-Length: 5\r\n\r\n", b"5xx", b"=0"], b"{}")
        assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
        got = talk([b"GET /_sim/stats HTTP/1.1\r\n\r\nGET /_sim/nothing HTTP/1.1\r\nConnection: close\r\n\r\n"])
        assert got.count(b"HTTP/1.1 ") == 2 and b"HTTP/1.1 404" in got and b"Connection: close" in got


@check
def tls():
    with tempfile.TemporaryDirectory() as folder:
        cert, key = folder + "/cert.pem", folder + "/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        with Sim("--tls", f"{cert},{key}") as sim:
            assert sim.url.startswith("https://")
            client = SESSION.client("organizations", region_name="us-east-1", endpoint_url=sim.url, verify=cert,
                                    aws_access_key_id=ORCHESTRATOR[0], aws_secret_access_key=ORCHESTRATOR[1])
            assert client.list_roots()["Roots"]


@check
def determinism():
    states = []
    for seed in ("5", "5", "6"):
        with Sim("--seed", seed, "--accounts", "25", "--regions", "20") as sim:
            states.append(urllib.request.urlopen(sim.url + "/_sim/state").read())
    assert states[0] == states[1] != states[2]
    with Sim("--drift", "0", "--accounts", "25") as sim:
        for a in sim.state()["accounts"]:
            assert all(a["s3_block"].values()) and (a["root_mfa"] or not a["root_password"])
            assert all(u["mfa"] or not u["password"] for u in a["users"])
            assert all(d and d["status"] == "ENABLED" and len(d["features"]) == 5 for d in a["detectors"].values())
            assert all(b["encryption"]["algorithm"] == "aws:kms" or b["receives"] for b in a["buckets"])


@check
def admin():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([{"id": "*", "set": {"s3_block": None}}, {"id": "management", "set": {"role": False}}], file)
        file.flush()
        with Sim("--state", file.name, "--ous", "9") as sim:
            accounts, state = members(sim)
            assert all(a["s3_block"] is None for a in state["accounts"])
            assert not state["accounts"][0]["role"]
            account = accounts[0]["id"]
            who = sim.role(account)
            sim.change(account, ou="Workloads/Prod/PCI", tags={"reeve": "off", "env": None}, name="renamed", state="CLOSED")
            sim.change(account, ou="R\\/D & Labs")
            got = sim.get(f"/_sim/state?account={account}")
            assert got["ou_path"] == "R\\/D & Labs" and got["tags"]["reeve"] == "off" and "env" not in got["tags"]
            assert got["name"] == "renamed" and got["state"] == "CLOSED"
            sim.change(account, removed=True)
            listed = [a["Id"] for p in sim.client("organizations").get_paginator("list_accounts").paginate() for a in p["Accounts"]]
            assert account not in listed and len(listed) == len(state["accounts"]) - 1
            fails("InvalidClientTokenId", 403, sim.client("iam", who=who).list_users)
            for bad in ({"id": "1", "set": {}}, {"id": account}, {"id": account, "set": {"nonsense": 1}}, b"{"):
                assert sim.post("/_sim/account", bad) == 400
            assert sim.post("/_sim/reset-stats", "") == 200
            assert sim.get("/_sim/stats")["calls"] == {}


@check
def command_line():
    def run(*arguments):
        return subprocess.run([SIM, *arguments], capture_output=True, text=True, timeout=20)
    assert run("--help").returncode == 0 and "--gd-admin" in run("--help").stdout
    for bad in (["--listen", "0.0.0.0:0"], ["--listen", "192.168.1.1:0"], ["--nonsense", "1"], ["--drift", "2"],
                ["--accounts", "x"], ["--limits", "some"], ["--fault", "nonsense=1"], ["--role-policy", "/nonexistent"],
                ["--gd-admin", "1"], ["--accounts"], ["--tls", "x"],
                ["--trail-events", "maybe"], ["--max-receive-count", "0"], ["--fault", "partial-batch@sqs.Nothing=1"]):
        result = run(*bad)
        assert result.returncode == 1 and result.stderr.startswith("reeve-sim: ") and not result.stdout, bad
