"""What differs from the baselines by the simulator's own state: told here independently of Reeve.

Knows the baselines with the settings of the scenarios' default configuration: features ["S3_DATA_EVENTS"],
any KMS key, with a bucket key.
"""
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
    """(account, region, baseline, resource) to the status that a sweep gives it, of all that differs."""
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
