"""SQS: the event queue and its dead-letter queue."""
import json
import socket
import threading
import time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .harness import ERRORS, MANAGEMENT, ORCHESTRATOR, Sim, check, fails, members

NAMES = ["SentTimestamp", "ApproximateReceiveCount"]


class Queue:
    """A simulator with two clients for its queue: the orchestrator's, and one that may send."""

    def __init__(self, sim, name="reeve-events"):
        self.sim = sim
        self.account = sim.state()["organization"]["delegated_administrator"]
        self.url = f"{sim.url}/{self.account}/{name}"
        self.client = sim.client("sqs", read_timeout=30)
        self.sender = sim.client("sqs", who=MANAGEMENT)

    def send(self, *bodies, **more):
        return [self.sender.send_message(QueueUrl=self.url, MessageBody=b, **more)["MessageId"] for b in bodies]

    def receive(self, **more):
        return self.client.receive_message(QueueUrl=self.url, **{"MaxNumberOfMessages": 10, **more}).get("Messages", [])

    def delete(self, message):
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def counts(self, query=""):
        return self.sim.get("/_sim/queue" + query)


@check
def queue_messages():
    with Sim() as sim:
        q = Queue(sim)
        account = q.account
        assert q.client.get_queue_url(QueueName="reeve-events")["QueueUrl"] == q.url
        attributes = q.client.get_queue_attributes(QueueUrl=q.url, AttributeNames=["All"])["Attributes"]
        assert attributes["QueueArn"] == f"arn:aws:sqs:us-east-1:{account}:reeve-events"
        assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 5
        hostile = "\"><b>é日本\\ \u2028\t\n{\"a\": \"\\u0000\"}" + "x" * 200000
        before = time.time() * 1000
        identifier, = q.send(hostile)
        message, = q.receive(MessageSystemAttributeNames=["All"])
        assert message["Body"] == hostile and message["MessageId"] == identifier
        assert before - 2 <= int(message["Attributes"]["SentTimestamp"]) <= time.time() * 1000 + 2
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
        assert q.receive() == []
        counts = q.client.get_queue_attributes(QueueUrl=q.url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
        assert counts["Attributes"] == {"ApproximateNumberOfMessagesNotVisible": "1"}
        # A message that is made visible at once is received with another handle; the old one deletes nothing any more.
        q.client.change_message_visibility(QueueUrl=q.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        again, = q.receive(AttributeNames=NAMES)
        assert again["ReceiptHandle"] != message["ReceiptHandle"] and again["MessageId"] == identifier
        assert again["Attributes"]["ApproximateReceiveCount"] == "2" and set(again["Attributes"]) == set(NAMES)
        q.delete(message)
        assert q.counts()["in_flight"] == 1
        q.delete(again)
        q.delete(again)
        assert q.counts() == {"visible": 0, "in_flight": 0, "delayed": 0, "dead": 0, "deleted": 1, "received": 2, "sent": 1}
        q.send("late", DelaySeconds=1)
        assert q.receive() == [] and q.counts()["delayed"] == 1
        assert q.receive(WaitTimeSeconds=5)[0]["Body"] == "late"


@check
def queue_visibility():
    with Sim("--queue-visibility", "1") as sim:
        q = Queue(sim)
        q.send("a")
        start = time.time()
        first, = q.receive()
        second, = q.receive(WaitTimeSeconds=10)
        assert time.time() - start > 0.9 and second["Body"] == "a"
        q.client.change_message_visibility(QueueUrl=q.url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=60)
        assert q.receive(WaitTimeSeconds=2) == []
        change = q.client.change_message_visibility
        fails("InvalidParameterValue", 400, change, QueueUrl=q.url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=5)
        fails("ReceiptHandleIsInvalid", 400, change, QueueUrl=q.url, ReceiptHandle="made up", VisibilityTimeout=5)
        change(QueueUrl=q.url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0)
        fails("AWS.SimpleQueueService.MessageNotInflight", 400, change, QueueUrl=q.url,
              ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=5)
        # The message is visible again and not received since, so its last handle still deletes it.
        q.delete(second)
        assert q.receive() == [] and q.counts()["deleted"] == 1
        q.send("b")
        message, = q.receive(VisibilityTimeout=43200)
        fails("InvalidParameterValue", 400, change, QueueUrl=q.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43201)


@check
def queue_long_poll():
    with Sim() as sim:
        q = Queue(sim)
        got = []

        def wait():
            client = sim.client("sqs", read_timeout=30)
            got.extend(client.receive_message(QueueUrl=q.url, WaitTimeSeconds=20).get("Messages", []))
        threads = [threading.Thread(target=wait) for _ in range(3)]
        for t in threads:
            t.start()
        time.sleep(0.7)
        # Other calls are served meanwhile, and long polls that wait are not in flight.
        sim.client("organizations").list_roots()
        assert sim.get("/_sim/stats")["peak_in_flight"] <= 2 and got == []
        q.send("1", "2", "3")
        for t in threads:
            t.join()
        assert sorted(m["Body"] for m in got) == ["1", "2", "3"]
        assert len({m["ReceiptHandle"] for m in got}) == 3
        # A receiver that went away gets nothing.
        q.receive(WaitTimeSeconds=1)
        s = socket.create_connection(("127.0.0.1", sim.port))
        s.sendall(signed_receive(sim, q.url, 20))
        time.sleep(0.3)
        s.close()
        time.sleep(0.3)
        q.send("4")
        assert [m["Body"] for m in q.receive(WaitTimeSeconds=5)] == ["4"]
        start = time.time()
        assert q.receive(WaitTimeSeconds=1) == [] and time.time() - start > 0.9


def signed_receive(sim, url, wait):
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": wait}).encode()
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"}
    request = AWSRequest("POST", f"{sim.url}/", data=body, headers=headers)
    SigV4Auth(Credentials(*ORCHESTRATOR), "sqs", "us-east-1").add_auth(request)
    lines = "".join(f"{k}: {v}\r\n" for k, v in request.prepare().headers.items() if k != "Content-Length")
    return (f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{sim.port}\r\n{lines}Content-Length: {len(body)}\r\n\r\n").encode() + body


@check
def queue_batches():
    with Sim() as sim:
        q = Queue(sim)
        entries = [{"Id": str(i), "MessageBody": f"m{i}"} for i in range(8)]
        entries += [{"Id": "bad", "MessageBody": "\x01"}, {"Id": "late", "MessageBody": "x", "DelaySeconds": 901}]
        answer = q.sender.send_message_batch(QueueUrl=q.url, Entries=entries)
        assert [e["Id"] for e in answer["Successful"]] == [str(i) for i in range(8)]
        assert [(e["Id"], e["Code"], e["SenderFault"]) for e in answer["Failed"]] == [
            ("bad", "InvalidMessageContents", True), ("late", "InvalidParameterValue", True)]
        received = q.receive()
        assert sorted(m["Body"] for m in received) == [f"m{i}" for i in range(8)]
        changes = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0} for i, m in enumerate(received[:2])]
        changes.append({"Id": "x", "ReceiptHandle": "nonsense", "VisibilityTimeout": 0})
        answer = q.client.change_message_visibility_batch(QueueUrl=q.url, Entries=changes)
        assert len(answer["Successful"]) == 2 and answer["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
        assert q.counts()["visible"] == 2
        deletes = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(received)]
        deletes[3]["ReceiptHandle"] = "nonsense"
        answer = q.client.delete_message_batch(QueueUrl=q.url, Entries=deletes)
        assert [e["Id"] for e in answer["Failed"]] == ["3"] and len(answer["Successful"]) == 7
        assert q.counts()["deleted"] == 7
        batch = q.client.delete_message_batch
        fails("AWS.SimpleQueueService.EmptyBatchRequest", 400, batch, QueueUrl=q.url, Entries=[])
        fails("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400, batch, QueueUrl=q.url,
              Entries=[{"Id": str(i), "ReceiptHandle": "x"} for i in range(11)])
        fails("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400, batch, QueueUrl=q.url,
              Entries=[{"Id": "a", "ReceiptHandle": "x"}] * 2)
        fails("AWS.SimpleQueueService.InvalidBatchEntryId", 400, batch, QueueUrl=q.url,
              Entries=[{"Id": "a b", "ReceiptHandle": "x"}])
        fails("AWS.SimpleQueueService.BatchRequestTooLong", 400, q.sender.send_message_batch, QueueUrl=q.url,
              Entries=[{"Id": str(i), "MessageBody": "x" * 600000} for i in range(2)])
        # Entries that fail by chance.
        sim.post("/_sim/fault", "partial-batch@sqs.DeleteMessageBatch=1:2")
        q.send(*"abcd")
        deletes = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(q.receive())]
        answer = q.client.delete_message_batch(QueueUrl=q.url, Entries=deletes)
        assert [(e["Id"], e["SenderFault"]) for e in answer["Failed"]] == [("0", False), ("1", False)]
        assert sim.get("/_sim/stats")["faults"] == {"partial-batch": 2}


@check
def queue_dead_letters():
    with Sim("--max-receive-count", "2") as sim:
        q, dead = Queue(sim), Queue(sim, "reeve-events-dlq")
        identifier, = q.send("poison")
        for _ in range(2):
            assert len(q.receive(VisibilityTimeout=0)) == 1
        assert q.receive() == [] and q.counts()["dead"] == 1
        assert sim.get("/_sim/queue?dead=1&bodies=1")["bodies"] == ["poison"]
        message, = dead.receive(MessageSystemAttributeNames=["All"])
        assert message["MessageId"] == identifier
        assert message["Attributes"]["DeadLetterQueueSourceArn"].endswith(":reeve-events")
        dead.delete(message)
        assert q.counts()["dead"] == 0


@check
def queue_faults():
    with Sim() as sim:
        q = Queue(sim)
        sim.post("/_sim/fault", "duplicate-message=1:1")
        q.send("twice")
        first, = q.receive()
        q.delete(first)
        second, = q.receive()
        assert second["MessageId"] == first["MessageId"] and second["ReceiptHandle"] != first["ReceiptHandle"]
        q.delete(second)
        assert q.receive() == [] and q.counts()["deleted"] == 2
        # When the answer of a long poll is lost, the message stays in flight and comes again.
        sim.post("/_sim/fault", "reset-after@sqs.ReceiveMessage=1:1")
        timer = threading.Timer(0.4, q.send, ["lost"])
        timer.start()
        try:
            q.receive(WaitTimeSeconds=10, VisibilityTimeout=1)
            raise AssertionError("there was an answer")
        except ERRORS:
            pass
        timer.join()
        assert [m["Body"] for m in q.receive(WaitTimeSeconds=10)] == ["lost"]
        sim.post("/_sim/fault", "truncate@sqs.SendMessage=1:1")
        target = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
        assert sim.is_cut_off("POST", "/", json.dumps({"QueueUrl": q.url, "MessageBody": "never"}), "sqs", MANAGEMENT, headers=target)
        for kind in ("5xx", "html", "throttle", "denied", "reset"):
            sim.post("/_sim/fault", kind + "@sqs.SendMessage=1:1")
            try:
                q.send("never")
                raise AssertionError(kind)
            except ERRORS:
                pass
        sim.post("/_sim/fault", "")
        assert q.receive() == []
        sim.post("/_sim/fault", "throttle@sqs=1:1")
        fails("RequestThrottled", 403, q.client.receive_message, QueueUrl=q.url)


@check
def queue_refusals():
    with Sim("--regions", "3") as sim:
        q = Queue(sim)
        member = members(sim)[0][0]["id"]
        receive, gone = q.client.receive_message, "AWS.SimpleQueueService.NonExistentQueue"
        fails(gone, 400, receive, QueueUrl=f"{sim.url}/{q.account}/other")
        fails(gone, 400, receive, QueueUrl=f"{sim.url}/{member}/reeve-events")
        fails(gone, 400, sim.client("sqs", "eu-west-1").receive_message, QueueUrl=q.url)
        fails("AccessDenied", 403, q.client.send_message, QueueUrl=q.url, MessageBody="x")
        fails("AccessDenied", 403, q.client.purge_queue, QueueUrl=q.url)
        fails("AccessDenied", 403, sim.client("sqs", who=sim.role(member)).receive_message, QueueUrl=q.url)
        fails("SignatureDoesNotMatch", 403, sim.client("sqs", who=(ORCHESTRATOR[0], "x", None)).receive_message, QueueUrl=q.url)
        fails("InvalidClientTokenId", 403, sim.client("sqs", who=("AKIANOBODY0000000000", "x", None)).receive_message, QueueUrl=q.url)
        fails("InvalidParameterValue", 400, receive, QueueUrl=q.url, WaitTimeSeconds=21)
        fails("InvalidParameterValue", 400, receive, QueueUrl=q.url, MaxNumberOfMessages=11)
        fails("InvalidAttributeName", 400, receive, QueueUrl=q.url, AttributeNames=["Nonsense"])
        fails("ReceiptHandleIsInvalid", 400, q.client.delete_message, QueueUrl=q.url, ReceiptHandle="AQEB")
        fails("InvalidMessageContents", 400, q.sender.send_message, QueueUrl=q.url, MessageBody="\x02")
        fails("InvalidAction", 400, q.client.list_queues)
        q.send("a", "b")
        q.sender.purge_queue(QueueUrl=q.url)
        assert q.receive() == []
        fails("AWS.SimpleQueueService.PurgeQueueInProgress", 403, q.sender.purge_queue, QueueUrl=q.url)


@check
def queue_admin():
    with Sim() as sim:
        q = Queue(sim)
        many = [{"n": i, "text": "x" * 400} for i in range(20000)]
        assert sim.post("/_sim/queue", many) == 200
        assert q.counts()["visible"] == 20000
        assert json.loads(q.receive()[0]["Body"])["n"] == 0
        assert sim.delete("/_sim/queue") == 200 and q.counts()["visible"] == 0 == q.counts()["in_flight"]
        sim.post("/_sim/queue", ["as it is", {"a": [1, None]}])
        assert q.counts("?bodies=1")["bodies"] == ["as it is", '{"a":[1,null]}']
        assert sim.post("/_sim/queue", {"not": "a list"}) == 400 and sim.post("/_sim/queue", b"{") == 400
