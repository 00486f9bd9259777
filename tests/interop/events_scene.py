"""The organization, the queue and the daemon that the checks of events share, and the results that follow from them."""
import json

from botocore.exceptions import ClientError

import events_samples, fixture, test_moto
from events_daemon import wait_until
from fixture import GUARDDUTY, REGIONS, ROOT_MFA

QUEUE_REGION = "ap-southeast-2"         # differs from the home region and from the process's
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
BAD_BODY = '{"source": "aws.s3", "detail-type": "Broken", "detail": '
CLEAN = events_samples.CLEAN
DRIFTED = {"bpa": "none", "users": ["bare", "mfa"], "buckets": [("eu-west-1", "aes"), ("us-east-1", "kms")],
           "detectors": dict(zip(REGIONS, ["absent", "disabled", "ok"]))}


def member(name, ou="Workloads/Prod", **has): return {"name": name, "ou": ou, "tags": {"team": "events"}, **CLEAN, **has}


def make_world(endpoint):
    world = fixture.World(endpoint, "spread")
    world.rows = events_samples.rows() + [
        member("quiet"), member("wrapped", bpa="none"), member("mended", buckets=[("eu-west-1", "kms")]), member("copied", bpa="partial"),
        member("aggregated", bpa="none"), member("enrolled", **DRIFTED), member("moved", ou=fixture.OUS[3], buckets=[("eu-west-1", "kms")]), member("closing"),
        member("leaving"), member("staying"), member("by-hand", bpa="none", users=["bare"]), member("beside", bpa="none"),
        member("denied", detectors={**CLEAN["detectors"], "eu-west-1": "disabled"}), {**member("outside", bpa="none"), "tags": {"reeve": "off"}},
        member("elsewhere"), member("nowhere")]
    return world.build()


def expected(world, row, drift="remediated"):
    """Returns {(account, region, baseline, resource): status} of the findings that aren't compliant after all of the account was checked."""
    found = world.expected("sweep" if drift == "remediated" else "again", accounts=[row["name"]])
    return {key: "alerted" if key[2] == ROOT_MFA else status for key, (status, _) in found.items()}


def expected_cells(world, row, drift="remediated"):
    cells = {(b, region if b == GUARDDUTY else "global"): "compliant" for b, region, *_ in world.resources(row)}
    worst = test_moto.cells_of({key: (status, "") for key, status in expected(world, row, drift).items()})
    return {**cells, **{(b, region): status for (_, region, b), status in worst.items()}}


class Queue:
    """The event queue with its dead-letter queue, and a topic that feeds it, in the orchestrator's account."""

    def __init__(self, world):
        self.sqs, self.sns = world.client("sqs", region=QUEUE_REGION), world.client("sns", region=QUEUE_REGION)
        self.dead = self.sqs.create_queue(QueueName="reeve-events-dead")["QueueUrl"]
        self.dead_arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.url = self.sqs.create_queue(QueueName="reeve-events", Attributes={"VisibilityTimeout": "30", "RedrivePolicy": json.dumps(
            {"deadLetterTargetArn": self.dead_arn, "maxReceiveCount": 2})})["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.topic = self.sns.create_topic(Name="findings")["TopicArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "false"})

    def send(self, *bodies):
        """Sends messages, and returns their ids."""
        return [self.sqs.send_message(QueueUrl=self.url, MessageBody=b if isinstance(b, str) else json.dumps(b))["MessageId"] for b in bodies]

    def left(self, url=None):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)["Attributes"]
        return [int(attributes[name]) for name in names]

    def drained(self, but=0): wait_until("all messages but %d are gone" % but, lambda: sum(self.left()) <= but)


class Scene:
    """The objects that the checks share."""

    def __init__(self, c, bench, world, queue, daemon): self.c, self.bench, self.world, self.queue, self.daemon = c, bench, world, queue, daemon

    def row(self, name): return next(r for r in self.world.rows if r["name"] == name)

    def block(self, name):
        try: return self.world.client("s3control", name).get_public_access_block(AccountId=self.world.ids[name])["PublicAccessBlockConfiguration"]
        except ClientError: return None

    def outcomes(self, name): return [s["outcome"] for s in self.daemon.signals(account=self.world.ids[name])]

    def told(self, name, count=1):
        """Waits until that many signals about an account have their outcome."""
        return wait_until("%d signals about %s have an outcome" % (count, name), lambda: len(self.outcomes(name)) >= count and self.daemon.signals(account=self.world.ids[name]))
