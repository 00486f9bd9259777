"""Computes the differences between the simulator's own state and the baselines, independently of Reeve.

It knows the baselines with the settings of the scenarios' default configuration: features ["S3_DATA_EVENTS"],
any KMS key, with a bucket key.
"""
from .result import compare

POLICY = "ReeveDenyWithoutMFA"
# Never mended by a sweep under the default tiers.
NOT_AUTO = {"iam.root-mfa": "alerted", "iam.user-mfa": "awaiting_approval"}


def drift_of_bucket(bucket):
    encryption = bucket["encryption"] or {"algorithm": None}
    if encryption["algorithm"] == "aws:kms:dsse":
        return False
    return encryption["algorithm"] != "aws:kms" or encryption["bucket_key"] is not True


def drift_of_detector(detector):
    return detector is None or detector["status"] != "ENABLED" or "S3_DATA_EVENTS" not in detector["features"]


def drift_of_account(account):
    """Returns the status that a sweep gives to each (account, region, baseline, resource) that differs."""
    ident, found = account["id"], {}
    if account["s3_block"] is None or not all(account["s3_block"].values()):
        found[ident, "global", "s3.account-public-access-block", ident] = "remediated"
    for bucket in account["buckets"]:
        if drift_of_bucket(bucket):
            logs = bucket["receives"] and (bucket["encryption"] or {}).get("algorithm") != "aws:kms"
            found[ident, bucket["region"], "s3.bucket-default-encryption", "arn:aws:s3:::" + bucket["name"]] = (
                "awaiting_approval" if logs else "remediated")
    if account["root_password"] and not account["root_mfa"]:
        found[ident, "global", "iam.root-mfa", "arn:aws:iam::%s:root" % ident] = "alerted"
    for user in account["users"]:
        if user["password"] and not user["mfa"] and POLICY not in user["policies"]:
            found[ident, "global", "iam.user-mfa", "arn:aws:iam::%s:user/%s" % (ident, user["name"])] = "awaiting_approval"
    for region, detector in account["detectors"].items():
        if drift_of_detector(detector):
            found[ident, region, "guardduty.detector", ident] = "remediated"
    return found


def drift(state):
    found = {}
    for account in state["accounts"]:
        if account["state"] == "ACTIVE" and not account["removed"]:
            found.update(drift_of_account(account))
    return found


def mended_bucket(bucket):
    old = bucket["encryption"]
    kept = {"key": None, "blocked": []} if old is None else {"key": old["key"] if old["algorithm"] == "aws:kms" else None, "blocked": old["blocked"]}
    return {**bucket, "encryption": {"algorithm": "aws:kms", "bucket_key": True, **kept}}


def mended_detector(detector, created):
    """Returns the detector that a sweep must leave. `created` is the simulator's after the sweep; a new detector has from it what AWS decides."""
    if detector is None:
        return created if created and created["status"] == "ENABLED" and "S3_DATA_EVENTS" in created["features"] else "a new one"
    features = set(detector["features"]) | {"S3_DATA_EVENTS"}
    return {**detector, "status": "ENABLED", "features": sorted(features)}


def mended(before, after):
    """Returns the state that a sweep must leave: resources that it doesn't mend are exactly as before."""
    wanted = {**before, "accounts": []}
    found = drift(before)
    for account, now in zip(before["accounts"], after["accounts"]):
        account = {**account, "detectors": dict(account["detectors"]), "buckets": list(account["buckets"])}
        mine = {key: status for key, status in found.items() if key[0] == account["id"] and status == "remediated"}
        for _, region, baseline, resource in mine:
            if baseline == "s3.account-public-access-block":
                account["s3_block"] = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
            elif baseline == "guardduty.detector":
                account["detectors"][region] = mended_detector(account["detectors"][region], now["detectors"][region])
            else:
                account["buckets"] = [mended_bucket(b) if resource.endswith(":" + b["name"]) else b for b in account["buckets"]]
        wanted["accounts"].append(account)
    return sort_features(wanted)


def sort_features(state):
    """Returns the state with each list of features in one order."""
    if isinstance(state, dict):
        return {key: sorted(value) if key == "features" else sort_features(value) for key, value in state.items()}
    return [sort_features(item) for item in state] if isinstance(state, list) else state


def unlike_mended(before, after):
    found = []
    compare("", sort_features(after), mended(before, after), found)
    return found[:20]
