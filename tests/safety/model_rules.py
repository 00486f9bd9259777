"""The rules that decide what may be changed, written from the design and not from the program: tiers, approvals, exceptions,
pauses, limits, attempts, saved plans, rollbacks. They use neither the program nor the simulator. A resource is a key (account, region,
baseline, resource) and an image, the part of its state that a change is bound to.
"""
import fnmatch
import json

from world import oracle

BLOCK, BUCKET, DETECTOR, USER = "s3.account-public-access-block", "s3.bucket-default-encryption", "guardduty.detector", "iam.user-mfa"
DEFAULT_TIERS = {BLOCK: "auto", BUCKET: "auto", DETECTOR: "auto", USER: "approval"}
WINDOW_S, EXPIRE_S = 24 * 3600, 3600
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ALWAYS_ON = {"CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"}
PLAIN = {"algorithm": "AES256", "key": None, "bucket_key": False, "blocked": []}


class Resource:
    def __init__(self, image, drifted, call, undo, receives_logs=False):
        self.image, self.drifted, self.receives_logs = json.dumps(image, sort_keys=True), drifted, receives_logs
        self.call, self.undo = call, undo  # operations; undo rolls back a change whose before-image this is


def resources(state):
    """Returns the resources of the baselines with a remedy, from the simulator's state."""
    found = {}
    for account in state["accounts"]:
        ident, differs = account["id"], oracle.drift_of_account(account)
        block = account["s3_block"]
        image = {"configured": block is not None, **{name: bool((block or {}).get(name)) for name in SETTINGS}}
        key = ident, "global", BLOCK, ident
        found[key] = Resource(image, key in differs, "s3control.PutPublicAccessBlock", "s3control.%sPublicAccessBlock" % ("Put" if block is not None else "Delete"))
        for bucket in account["buckets"]:
            key = ident, bucket["region"], BUCKET, "arn:aws:s3:::" + bucket["name"]
            found[key] = Resource(bucket["encryption"] or PLAIN, key in differs, "s3.PutBucketEncryption", "s3.PutBucketEncryption",
                                  differs.get(key) == "awaiting_approval")
        for region, detector in account["detectors"].items():
            key = ident, region, DETECTOR, ident
            image = detector and {**detector, "features": sorted(detector["features"])}
            found[key] = Resource(image, key in differs, "guardduty.%sDetector" % ("Update" if detector else "Create"),
                                  "guardduty.%sDetector" % ("Update" if detector else "Delete"))
        for user in account["users"]:
            key = ident, "global", USER, "arn:aws:iam::%s:user/%s" % (ident, user["name"])
            found[key] = Resource(oracle.POLICY in user["policies"], key in differs, "iam.PutUserPolicy", "iam.DeleteUserPolicy")
    return found


def image_on_record(baseline, image):
    """Returns an image of that form from the one that the program stores."""
    if baseline == BUCKET:
        rule = image["configuration"]["Rules"][0]
        default = rule["ApplyServerSideEncryptionByDefault"]
        blocked = (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType", [])
        image = {"algorithm": default["SSEAlgorithm"], "key": default.get("KMSMasterKeyID"), "bucket_key": rule["BucketKeyEnabled"], "blocked": blocked}
    elif baseline == DETECTOR:
        on = sorted(name for name, status in (image["features"] or {}).items() if status == "ENABLED" and name not in ALWAYS_ON)
        image = image["detector"] and {"id": image["detector"], "status": image["status"], "frequency": image["finding_publishing_frequency"], "features": on}
    elif baseline == USER:
        image = image["policy"] is not None
    return json.dumps(image, sort_keys=True)


class Request:
    def __init__(self, change, now):
        self.change, self.expires = change, now + EXPIRE_S
        self.answered, self.state = set(), "waiting"

    def state_at(self, now):
        return "expired" if self.state in ("waiting", "approved") and now >= self.expires else self.state


class Entry:
    """A change that was made."""

    def __init__(self, change, left, undo):
        self.change, self.left, self.undo, self.undone = change, left, undo, False


class Rules:
    def __init__(self, terms, limits):
        self.terms, self.limits = terms, limits
        self.now = 0
        self.tiers, self.exceptions, self.pauses = {}, {}, set()
        self.requests, self.entries = {}, {}
        self.held, self.plans = set(), []
        self.times, self.quarrels = {}, {}

    # --- what stands in the way ---

    def tier(self, key, resource):
        account, _, baseline, _ = key
        tier = self.tiers.get((account, baseline)) or self.tiers.get(("root", baseline)) or DEFAULT_TIERS[baseline]
        return "approval" if resource.receives_logs and tier == "auto" else tier

    def exempt(self, key):
        account, region, baseline, resource = key
        return any(self.now < e["expires"] and e["account"] == account and e["baseline"] == baseline and
                   fnmatch.fnmatchcase(resource, e.get("resource", "*")) for e in self.exceptions.values())

    def paused(self, key):
        return bool(self.pauses & {("all", None), ("account", key[0]), ("baseline", key[2])})

    def quarrels_on(self, key):
        """A change that keeps being undone becomes an alert, until the resource was left alone for a whole window."""
        times, held = self.times.get(key, []), self.quarrels.get(key)
        if self.now - max(times + ([held] if held is not None else []), default=-WINDOW_S) >= WINDOW_S:
            self.times.pop(key, None)
            self.quarrels.pop(key, None)
            return False
        if held is None and len([t for t in times if self.now - t < WINDOW_S]) < self.limits.get("attempts_per_resource", 3):
            return False
        self.quarrels[key] = self.now
        return True

    def ask(self, change):
        request = self.requests.get(change)
        if request is None or request.state_at(self.now) not in ("waiting", "approved", "denied"):
            self.requests[change] = Request(change, self.now)
            self.void_others(change)

    def void_others(self, change):
        for other, request in self.requests.items():
            if other[0] == change[0] and other != change and request.state_at(self.now) in ("waiting", "approved"):
                request.state = "void"

    def void(self, change):
        request = self.requests.get(change)
        if request and request.state_at(self.now) in ("waiting", "approved"):
            request.state = "void"

    def see(self, key, resource):
        """A run has looked at the resource (None: it is gone). Requests for another state of it are void, whatever
        the run does next."""
        for other, image in self.requests:
            if other == key and not (resource and resource.drifted and image == resource.image):
                self.void((other, image))

    def see_one(self, key, resource):
        """A run has looked at this resource alone. For a user that is gone AWS returns an error like any other, so the finding is unknown."""
        if resource or key[2] != USER:
            self.see(key, resource)

    def may_mend(self, key, resource):
        """Returns whether a run may remedy the drifted resource now. Makes a request when a person must decide."""
        change = key, resource.image
        tier = self.tier(key, resource)
        if self.exempt(key) or tier == "alert":
            return False
        approved = False
        if tier == "approval" or change in self.held:
            request = self.requests.get(change)
            approved = request is not None and request.state_at(self.now) == "approved"
            if not approved:
                self.ask(change)
                return False
        if self.paused(key):
            return False
        return approved or not self.quarrels_on(key)

    # --- runs ---

    def sweep(self, found, selected):
        """Returns the resources that may be remedied."""
        for key in {change[0] for change in self.requests}:
            if selected(key):
                self.see(key, found.get(key))
        return {key for key, resource in found.items() if selected(key) and resource.drifted and self.may_mend(key, resource)}

    def plan(self, found):
        self.plans.append({(key, r.image) for key, r in found.items() if r.drifted and not self.exempt(key)})

    def apply(self, found, changes):
        allowed = set()
        for change in sorted(changes):
            key, image = change
            resource = found.get(key)
            self.see_one(key, resource)
            if resource and resource.drifted and not self.exempt(key) and resource.image == image and self.may_mend(key, resource):
                allowed.add(key)
        return allowed

    def answer(self, change, who, approve):
        """Returns whether the answer is accepted."""
        request = self.requests[change]
        state = request.state_at(self.now)
        if state != "waiting" and (approve or state != "approved"):
            return False
        if self.terms["approvers"] and who not in self.terms["approvers"]:
            return False
        if not approve:
            request.state = "denied"
            self.held.add(change)
            return True
        if who in request.answered or (self.terms["four_eyes"] and who == self.terms["requester"]):
            return False
        request.answered.add(who)
        if len(request.answered) >= self.terms["required"]:
            request.state = "approved"
        return True

    def made(self, key, before, left):
        """A change was made and verified."""
        change = key, before.image
        self.entries.setdefault(change, []).append(Entry(change, left.image, before.undo))
        self.times.setdefault(key, []).append(self.now)
        request = self.requests.get(change)
        if request and request.state_at(self.now) in ("waiting", "approved"):
            request.state = "done" if request.state == "approved" else "void"
        self.see(key, left)
        self.held.discard(change)

    def undo(self, found, entries, force):
        """Returns the calls that a rollback of these changes may make, {key: operation}. Changes that need no call are undone."""
        calls = {}
        for entry in entries:
            key, before = entry.change
            if entry.undone:
                continue
            self.see_one(key, found.get(key))
            if key not in found:
                continue
            now = found[key].image
            if now == before:
                self.undone(entry)
            elif (now == entry.left or force) and not self.paused(key):
                calls[key] = entry
        return calls

    def undone(self, entry):
        entry.undone = True
        self.held.add(entry.change)
