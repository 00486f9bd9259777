"""Published sample events (read from REEVE_VECTORS, never kept here), brought into an organization of moto's: account ids are
replaced, regions where the organization has others, and ids of events where AWS's pages use one placeholder for all. This file says
what each must lead to, from the subject of the event.

Where no published sample of a source concerns a baseline, a second row changes one thing in it: the finding's type, the
control or the rule; `varied` says so.
"""
import collections, json, os, time, uuid

from fixture import BPA, GUARDDUTY, MANAGEMENT, REGIONS, ROOT_MFA, SSE, USER_MFA

ENVELOPE = {"version": "0", "resources": []}
TRAIL_TYPES = {"AwsApiCall": "AWS API Call via CloudTrail", "AwsServiceEvent": "AWS Service Event via CloudTrail",
               "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail", "AwsConsoleSignin": "AWS Console Sign In via CloudTrail"}

# ---- how what is published alone is sent by EventBridge


def envelope(source, detail_type, account, region, time, detail):
    return {**ENVELOPE, "id": str(uuid.uuid4()), "source": source, "detail-type": detail_type, "account": account, "region": region, "time": time,
            "detail": detail}


def whole(event): return event


def guardduty(f): return envelope("aws.guardduty", "GuardDuty Finding", f["accountId"], f["region"], f["updatedAt"], f)


def imported(f):
    return envelope("aws.securityhub", "Security Hub Findings - Imported", f["AwsAccountId"], f["ProductArn"].split(":")[3], f["UpdatedAt"], {"findings": [f]})


def ocsf(f):
    return envelope("aws.securityhub", "Findings Imported V2", f["cloud"]["account"]["uid"], f["cloud"]["region"], f["time_dt"], {"findings": [f]})


def item(handed):
    """Returns the event of a notification that Config passes to a rule's function, which is the event's detail."""
    detail = json.loads(handed["invokingEvent"])
    about = detail["configurationItem"]
    return envelope("aws.config", "Config Configuration Item Change", about["awsAccountId"], about["awsRegion"], about["configurationItemCaptureTime"], detail)


def trail(record):
    """Returns the event of a record, with the account and region in which it was made."""
    source = "aws." + record["eventSource"].split(".")[0]
    account = record.get("recipientAccountId") or record["userIdentity"]["accountId"]
    return envelope(source, TRAIL_TYPES[record.get("eventType", "AwsApiCall")], account, record["awsRegion"], record["eventTime"], record)


# ---- the table

Sample = collections.namedtuple("Sample", "name file form ids source outcomes cells row regions change rule")
CLEAN = {"bpa": "on", "users": ["mfa"], "buckets": [], "detectors": dict.fromkeys(REGIONS, "ok")}


def sample(name, file, form, ids, source, outcome="ignored", cells=(), row=None, regions=None, change=None, rule=None):
    """Adds a sample. ids: the account ids in it that become the member's. outcome: that of its signal, or of each. cells: (baseline, region) that
    are checked. row: what its account has apart from compliant resources; None: its account is one in which nothing may be called."""
    outcomes = [outcome] if isinstance(outcome, str) else outcome
    return Sample(name, file, form, ids, source, outcomes, set(cells), row, regions or {}, change, rule)


def control(to): return lambda f: f["compliance"].update(control=to)


ASR, TRAIL = "aws-solutions_automated-security-response/", "awsdocs_aws-cloudtrail-user-guide/cloudtrail-"
SIGN_IN = TRAIL + "event-reference-aws-console-sign-in-events."
GD, HUB2, CONFIG = "aws-samples_guardduty-automated-response/", "cruxstack_aws-securityhubv2-bot/", "config-public-samples/compliance-change."
ITEM = "awsdocs_aws-config-developer-guide/evaluate-config-develop-rules-example-events.01.config-lambda-event.json"

SAMPLES = [
    sample("guardduty-threat", GD + "guardduty_ec2_event.json", guardduty, ["123456789012"], "guardduty"),
    sample("guardduty-archived", GD + "guardduty_s3_event.json", guardduty, ["123456789012"], "guardduty", rule="closed"),
    sample("guardduty-block-varied", GD + "guardduty_ec2_event.json", guardduty, ["123456789012"], "guardduty", "remediated", [(BPA, "global")],
           {"bpa": "none"}, change=lambda f: f.update(type="Policy:S3/AccountBlockPublicAccessDisabled"), rule="AccountBlockPublicAccessDisabled"),
    # the other region's detector is disabled too, and must stay so
    sample("guardduty-off-varied", GD + "guardduty_ec2_event.json", guardduty, ["123456789012"], "guardduty", "remediated", [(GUARDDUTY, "us-east-1")],
           {"detectors": {"us-east-1": "disabled", "eu-west-1": "disabled", "ap-southeast-2": "ok"}},
           change=lambda f: f.update(type="DefenseEvasion:IAMUser/AnomalousBehavior"), rule="DefenseEvasion"),
    sample("asff-s3-1", ASR + "simdata.afsbp-s3.1.json", imported, ["111111111111"], "security-hub", "remediated", [(BPA, "global")], {"bpa": "partial"}, rule="S3.1"),
    sample("asff-resolved", ASR + "simdata.afsbp-s3.2.json", imported, ["111111111111"], "security-hub", rule="closed"),
    sample("asff-other", ASR + "simdata.afsbp-config.1.json", imported, ["111111111111"], "security-hub"),
    sample("asff-custom-action", ASR + "test-data.AFSBP-iam.6.json", whole, ["111111111111"], "security-hub", ["alerted", "ignored"], [(ROOT_MFA, "global")], {}, rule="IAM.6"),
    sample("ocsf-other", HUB2 + "sample.1.Compliance-Finding.json", ocsf, ["123456789012"], "ocsf"),
    sample("ocsf-envelope", HUB2 + "scenario.2.no-match-sends-notification.json", whole, ["999888777666"], "ocsf"),
    sample("ocsf-detector-varied", HUB2 + "sample.1.Compliance-Finding.json", ocsf, ["123456789012"], "ocsf", "remediated", [(GUARDDUTY, "ap-southeast-2")],
           {"detectors": {"us-east-1": "ok", "eu-west-1": "absent", "ap-southeast-2": "absent"}}, {"us-east-1": "ap-southeast-2"}, control("GuardDuty.1"), "GuardDuty.1"),
    sample("config-rule", CONFIG + "access-keys-rotated.json", whole, ["477575873490"], "config"),
    sample("config-pack", CONFIG + "conformance-pack-rule.json", whole, ["775397712397"], "config"),
    sample("config-rule-varied", CONFIG + "access-keys-rotated.json", whole, ["477575873490"], "config", "awaiting_approval", [(USER_MFA, "global")],
           {"users": ["bare", "mfa"]}, change=lambda e: e["detail"].update(configRuleName="iam-user-mfa-enabled"), rule="iam-user-mfa-enabled"),
    sample("config-pack-varied", CONFIG + "conformance-pack-rule.json", whole, ["775397712397"], "config", "compliant", [(GUARDDUTY, "ap-southeast-2")], {},
           change=lambda e: e["detail"].update(configRuleName="guardduty-enabled-centralized-conformance-pack-6cruwvtg2"), rule="guardduty-"),
    sample("config-item", ITEM, item, ["123456789012"], "config", regions={"us-east-2": "eu-west-1"}),
    sample("config-item-handed-on", ITEM, whole, ["123456789012"], "config"),
    sample("config-item-varied", ITEM, item, ["123456789012"], "config", "remediated", [(SSE, "global")], {"buckets": [("eu-west-1", "aes"), ("us-east-1", "kms")]},
           {"us-east-2": "eu-west-1", "AWS::EC2::Instance": "AWS::S3::Bucket"}, rule="AWS::S3::Bucket"),
    sample("access-analyzer", "awsdocs_iam-user-guide/access-analyzer-eventbridge.01.Access-Analyzer-Finding.json", whole, ["111122223333"], "access-analyzer",
           "compliant", [(BPA, "global")], {}, {"us-west-2": "eu-west-1"}, rule="AWS::S3::Bucket"),
    sample("trail-mfa", SIGN_IN + "09.EnableMFADevice.json", trail, ["111122223333"], "cloudtrail", "alerted", [(USER_MFA, "global"), (ROOT_MFA, "global")], {},
           rule="EnableMFADevice"),
    sample("trail-acl", "awsdocs_amazon-s3-userguide/cloudtrail-logging-understanding-s3-entries.01.1.PutBucketAcl.json", trail, ["111122223333"], "cloudtrail",
           rule="PutBucketAcl"),
    sample("trail-other", TRAIL + "log-file-examples.01.StartInstances.json", trail, ["123456789012"], "cloudtrail"),
    sample("trail-failed", TRAIL + "log-file-examples.07.UpdateTrail.json", trail, ["123456789012"], "cloudtrail", rule="failed"),
    sample("sign-in-root", SIGN_IN + "06.ConsoleLogin.json", trail, ["111122223333"], "sign-in", "alerted", [(ROOT_MFA, "global")], {}, rule="Root ConsoleLogin"),
    sample("sign-in-root-mfa", SIGN_IN + "07.ConsoleLogin.json", trail, ["111122223333"], "sign-in", rule="Root ConsoleLogin with MFA"),
    sample("sign-in-root-failed", SIGN_IN + "08.ConsoleLogin.json", trail, ["111122223333"], "sign-in", rule="failed"),
    sample("sign-in-user", SIGN_IN + "01.ConsoleLogin.json", trail, ["111122223333"], "sign-in", "awaiting_approval", [(USER_MFA, "global")],
           {"users": ["unguarded", "in-path"]}, rule="IAMUser ConsoleLogin"),
    sample("inspector", "aws-docs/inspector2-finding.network-reachability.json", whole, ["123456789012"], "inspector"),
    sample("macie", "aws-docs/macie-finding.policy.json", whole, ["123456789012"], "macie", "remediated", [(BPA, "global")], {"bpa": "none"},
           rule="S3BlockPublicAccessDisabled"),
    sample("health-credentials", "aws_aws-health-tools/AWS_RISK_CREDENTIALS_EXPOSED.0.json", whole, ["123456789012"], "health", "compliant",
           [(USER_MFA, "global")], {"users": ["mfa", "guarded"]}, rule="AWS_RISK_CREDENTIALS_EXPOSED"),
    sample("health-other", "aws_aws-health-tools/AWS-EC2-INSTANCE-STORE-DRIVE-PERFORMANCE-DEGRADED.testevent.json", whole, ["123456789012"], "health"),
    sample("not-known", "awsdocs_amazon-eventbridge-user-guide/eb-events.01.EC2-Instance-State-change-Notification.json", whole,
           ["123456789012", "111122223333"], "other"),
    sample("control-tower", "awsdocs_aws-control-tower-guide/lifecycle-events.04.AWS-Service-Event-via-CloudTrail-DisableGuardrail.json", whole, ["XXXXXXXXXXXX"],
           "cloudtrail"),
    sample("organization-create-unit", "awsdocs_aws-organizations-docs/orgs-security-incident-response.06.CreateOrganizationalUnit.json", trail, ["111111111111"],
           "cloudtrail"),
]
ORGANIZATIONS, TOWER = "awsdocs_aws-organizations-docs/orgs-security-incident-response.", "awsdocs_aws-control-tower-guide/lifecycle-events."
CREATED = sample("created", ORGANIZATIONS + "04.CreateAccountResult.json", trail, ["444455556666"], "organization")
CLOSED = sample("closed", ORGANIZATIONS + "02.CloseAccountResult.json", trail, ["555555555555"], "organization")
ENROLLED = sample("enrolled", TOWER + "01.AWS-Service-Event-via-CloudTrail-CreateManagedAccount.json", whole, ["XXXXXXXXXXXX"], "organization")
MOVED = sample("moved", "organizations-public-samples/MoveAccount.json", whole, ["549271133721"], "organization")
OF_ORGANIZATION = {"111122223333": MANAGEMENT, "538235518685": MANAGEMENT}      # the accounts that report the creation and closure of others


def folder():
    """Returns the folder of the samples, or None."""
    path = os.path.join(os.environ.get("REEVE_VECTORS", ""), "events")
    return path if os.environ.get("REEVE_VECTORS") and os.path.isfile(os.path.join(path, "INDEX.md")) else None


def event(s, account, others=()):
    """Returns the sample as it arrives in the queue when it is about this account."""
    with open(os.path.join(folder(), s.file)) as f: text = f.read()
    for old, new in [*s.regions.items(), *dict(others).items(), *[(i, account) for i in s.ids]]: text = text.replace(old, new)
    value = json.loads(text)
    if s.change: s.change(value)
    made = s.form(value)
    if "eventSource" in made.get("detail", {}): made["detail"]["eventID"] = str(uuid.uuid4())
    return made


def rows():
    """Returns the members that the samples are about: one for each sample that leads to a check."""
    return [{"name": s.name, "ou": "Workloads/Prod", "tags": {"team": "events"}, **CLEAN, **s.row} for s in SAMPLES if s.row is not None]


def call(account, region, source, name, parameters, actor=None):
    """Returns the event of an API call that somebody makes now."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    identity = actor or {"type": "IAMUser", "arn": "arn:aws:iam::%s:user/somebody" % account, "accountId": account, "userName": "somebody"}
    return trail({"eventVersion": "1.09", "userIdentity": identity, "eventTime": now, "eventSource": source + ".amazonaws.com", "eventName": name,
                  "awsRegion": region, "requestParameters": parameters, "responseElements": None, "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()),
                  "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": account})
