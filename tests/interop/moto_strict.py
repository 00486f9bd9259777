#!/usr/bin/env python3
"""moto_server whose SigV4 check works on the raw request.  usage: moto_strict.py -p PORT
moto 5.2.1's own check (INITIAL_NO_AUTH_ACTION_COUNT) rebuilds the body from the parsed form, so it
refuses correct GETs with an empty body (guardduty, lambda) and non-ASCII paths, and never looks at
the body hash, the date or key status.  This launcher keeps the raw bytes of each request and
replaces check_signature; policy evaluation stays moto's, except for IAM action names that differ
from moto's operation names, and AssumeRole into another account, whose trust policy moto skips.
Auth errors of JSON services are sent as JSON.  Turn checking on and off while running:
  curl -s -H 'Content-Type: text/plain' -d 0   http://127.0.0.1:PORT/moto-api/reset-auth   (on)
  curl -s -H 'Content-Type: text/plain' -d inf http://127.0.0.1:PORT/moto-api/reset-auth   (off)"""
import datetime, hashlib, io, json, re, sys, threading
import moto.server as server, moto.iam.access_control as ac
from moto.core.exceptions import JsonRESTError
from moto.iam.models import iam_backends
from botocore.awsrequest import AWSRequest
from werkzeug.exceptions import HTTPException
raw = threading.local()

class Keep:                                      # WSGI wrapper: remember the raw request of this thread
    def __init__(self, app): self.app = app; self.debug = True
    def __call__(self, env, start):
        n = int(env.get("CONTENT_LENGTH") or 0)
        raw.uri, raw.body = env.get("RAW_URI") or env["PATH_INFO"], env["wsgi.input"].read(n) if n else b""
        env["wsgi.input"] = io.BytesIO(raw.body)
        if not env.get("HTTP_AUTHORIZATION") and not env["PATH_INFO"].startswith("/moto-api") and ac_on():
            start("403 Forbidden", [("Content-Type", "text/xml")]); return [b"<ErrorResponse><Error><Code>MissingAuthenticationToken</Code></Error></ErrorResponse>"]
        return self.app(env, start)

def ac_on():
    from moto import settings; return settings.INITIAL_NO_AUTH_ACTION_COUNT == 0

def check_signature(self):
    auth = self._headers["Authorization"]
    signed = self._get_string_between("SignedHeaders=", ",", auth).split(";")
    h = {k.lower(): v for k, v in self._headers.items()}
    q = AWSRequest(method=self._method, url="http://" + h["host"] + raw.uri, data=raw.body, headers={k: v for k, v in h.items() if k in signed})
    q.context["timestamp"] = h.get("x-amz-date", "")
    a = self._create_auth(self._access_key.create_credentials()); c = a.canonical_request(q)
    sha = h.get("x-amz-content-sha256", "")
    when = datetime.datetime.strptime(h["x-amz-date"], "%Y%m%dT%H%M%SZ")
    unsigned = [k for k in h if k.startswith("x-amz-") and k not in signed]
    if (a.signature(a.string_to_sign(q, c), q) != self._get_string_between("Signature=", ",", auth) or "host" not in signed or unsigned
            or abs((datetime.datetime.utcnow() - when).total_seconds()) > 300
            or (re.fullmatch("[0-9a-f]{64}", sha) and sha != hashlib.sha256(raw.body).hexdigest())):
        self._raise_signature_does_not_match()
    key = iam_backends[self.account_id]["aws"].access_keys.get(auth.split("Credential=")[1].split("/")[0])
    if getattr(key, "status", "Active") != "Active": self._raise_invalid_access_key("InvalidId")

ALIAS = {"lambda:Invoke": "lambda:InvokeFunction"}
CONTROL = {"s3:%sPublicAccessBlock" % v: "s3:%sAccountPublicAccessBlock" % ("Put" if v == "Delete" else v) for v in ("Get", "Put", "Delete")}
S3 = {("GET", "encryption"): "GetEncryptionConfiguration", ("PUT", "encryption"): "PutEncryptionConfiguration", ("DELETE", "encryption"): "PutEncryptionConfiguration",
      ("GET", "publicAccessBlock"): "GetBucketPublicAccessBlock", ("PUT", "publicAccessBlock"): "PutBucketPublicAccessBlock", ("DELETE", "publicAccessBlock"): "PutBucketPublicAccessBlock",
      ("GET", "ownershipControls"): "GetBucketOwnershipControls", ("PUT", "ownershipControls"): "PutBucketOwnershipControls", ("GET", "policyStatus"): "GetBucketPolicyStatus"}
old_init, old_permitted = ac.IAMRequestBase.__init__, ac.IAMRequestBase.check_action_permitted

def init(self, *a, **k):
    old_init(self, *a, **k)
    sub = raw.uri.partition("?")[2].split("&")[0].split("=")[0]
    if raw.uri.startswith("/v20180820/"): self._action = CONTROL.get(self._action, self._action)
    elif self._service == "s3" and (self._method, sub) in S3: self._action = "s3:" + S3[self._method, sub]
    else: self._action = ALIAS.get(self._action, self._action)

def permitted(self, resource):
    old_permitted(self, resource)
    if self._action != "sts:AssumeRole": return
    arg = lambda n: (self._data.get(n) or [None])[0]
    target = arg("RoleArn").split(":")[4]
    if target == self.account_id: return
    try: role = iam_backends[target]["aws"].get_role_by_arn(arg("RoleArn"))
    except Exception: self._raise_access_denied()
    st = json.loads(role.assume_role_policy_document)["Statement"]
    for s in st if isinstance(st, list) else [st]:
        p = s.get("Principal", {}); p = p.get("AWS", []) if isinstance(p, dict) else p
        p = p if isinstance(p, list) else [p]
        ext = [v for c in s.get("Condition", {}).values() for k, v in c.items() if k == "sts:ExternalId"]
        if s["Effect"] == "Allow" and (set(p) & {"*", self.account_id, "arn:aws:iam::%s:root" % self.account_id, self._access_key.arn}) and all(arg("ExternalId") == x for x in ext): return
    self._raise_access_denied()

XML = {"iam", "sts", "ec2", "s3", "sns", "cloudformation", "autoscaling", "elasticloadbalancing", "rds", "route53", "cloudfront"}
def as_json(name, code, msg):                    # moto answers auth failures of JSON services in XML
    old = getattr(ac.IAMRequest, name)
    def f(self, *a):
        if self._service in XML or b"Action=" in raw.body[:2000]:
            try: return old(self, *a)
            except HTTPException as x:             # moto has one form for all services; AWS has another one for EC2
                if self._service == "ec2": x.description = re.sub("ErrorResponse>", "Response>", x.description.replace(">AccessDenied<", ">UnauthorizedOperation<"))
                else: x.description = re.sub("</?Errors>", "", x.description)
                raise
        e = JsonRESTError(code, msg % {"arn": getattr(getattr(self, "_access_key", None), "arn", ""), "action": self._action})
        e.code = 400 if "X-Amz-Target" in self._headers else 403
        raise e
    setattr(ac.IAMRequest, name, f)
as_json("_raise_access_denied", "AccessDeniedException", "User: %(arn)s is not authorized to perform: %(action)s")
as_json("_raise_signature_does_not_match", "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.")
as_json("_raise_invalid_access_key", "UnrecognizedClientException", "The security token included in the request is invalid.")

ac.IAMRequestBase.check_signature, ac.IAMRequestBase.__init__, ac.IAMRequestBase.check_action_permitted = check_signature, init, permitted
run = server.run_simple
server.run_simple = lambda host, port, app, **k: run(host, port, Keep(app), **k)
if __name__ == "__main__":
    if "-h" in sys.argv or "--help" in sys.argv: print(__doc__)
    server.main(sys.argv[1:])
