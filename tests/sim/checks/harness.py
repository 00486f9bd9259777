"""Starts reeve-sim, makes clients for it, and keeps the list of checks."""
import http.client
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

SIM = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("REEVE_SIM", "reeve-sim")
ORCHESTRATOR = ("AKIASIMORCHESTRATOR0", "sim-orchestrator-secret", None)
MANAGEMENT = ("AKIASIMMANAGEMENT000", "sim-management-secret", None)
CHECKS = []
# The exceptions that boto3 raises when an answer is an error, or when there is none.
ERRORS = (ClientError, BotoCoreError, HTTPClientError, ResponseParserError, ValueError, RecursionError)


def check(function):
    CHECKS.append(function)
    return function


class Sim:
    """A running simulator and clients for it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([SIM, "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http"), "reeve-sim did not start"
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        status = self.process.wait(20)
        self.process.stdout.close()
        assert status == 0, f"reeve-sim ended with {status}"

    def client(self, service, region="us-east-1", who=ORCHESTRATOR, **more):
        config = {"retries": {"mode": "standard", "total_max_attempts": 1}, "s3": {"addressing_style": "path"},
                  "read_timeout": 20}
        config.update(more)
        client = SESSION.client(service, region_name=region, endpoint_url=self.url, aws_access_key_id=who[0],
                                aws_secret_access_key=who[1], aws_session_token=who[2], config=Config(**config))
        if service == "s3control":
            client.meta.events.register("before-sign.s3-control", self.without_account_prefix)
        return client

    def without_account_prefix(self, request, **unused):
        """Removes the account id that boto3 puts before the host, since that name can't be resolved here."""
        request.url = self.url + "/" + request.url.split("/", 3)[3]

    def role(self, account, who=ORCHESTRATOR, **more):
        arguments = {"RoleArn": f"arn:aws:iam::{account}:role/ReeveRemediation", "RoleSessionName": "run-1",
                     "ExternalId": "reeve-sim"}
        arguments.update(more)
        c = self.client("sts", "eu-west-1", who).assume_role(**arguments)["Credentials"]
        return c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"]

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:
            return json.load(answer)

    def post(self, path, body):
        data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, method="POST")) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def delete(self, path):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, method="DELETE")) as answer:
            return answer.status

    def change(self, account, **changes):
        assert self.post("/_sim/account", {"id": account, "set": changes}) == 200, changes

    def state(self):
        return self.get("/_sim/state")

    def raw(self, request, auth, host=None):
        """Sends a signed botocore request by hand; returns status, headers, body."""
        auth.add_auth(request)
        prepared = request.prepare()
        headers = dict(prepared.headers.items())
        if host:
            headers["Host"] = host
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    prepared.url, prepared.body or None, headers, method=request.method)) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def is_cut_off(self, method, path, body, service, who, region="us-east-1", headers=None):
        """Returns whether an answer is shorter than its Content-Length. botocore can't tell, since some of its versions accept such an answer."""
        request = AWSRequest(method, self.url + path, headers=headers or {}, data=body and body.encode())
        try:
            self.raw(request, SigV4Auth(Credentials(*who), service, region))
            return False
        except http.client.IncompleteRead:
            return True


SESSION = boto3.session.Session()


def fails(code, status, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        got = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == (code, status), f"{got} instead of {(code, status)}: {error}"
        return error.response
    raise AssertionError(f"no {code}")


def members(sim):
    """Returns the active member accounts of the state, and the state."""
    state = sim.state()
    special = state["organization"]["management_account"], state["organization"]["delegated_administrator"]
    return [a for a in state["accounts"] if a["id"] not in special and a["state"] == "ACTIVE"], state


def plain(sim, path, headers):
    request = urllib.request.Request(sim.url + path, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
