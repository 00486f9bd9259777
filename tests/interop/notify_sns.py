#!/usr/bin/env python3
"""Notifications against software that this project did not write: topics of moto's SNS, read through SQS
subscriptions with a filter, and a webhook whose signature Python's hmac recomputes.

usage: notify_sns.py [-v]
  DRIVER     the built notify_driver.c (default: build/notify-driver)

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, hashlib, hmac, http.server, json, os, subprocess, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import boto3, flask, moto, harness       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

REGION, ACCOUNT = "ap-southeast-2", "123456789012"      # the topic's region differs from the process's
CREDENTIALS = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
KEY = "the-key-of-the-webhook-0123"


class Webhook:
    """A receiver on loopback that keeps the messages it gets."""

    def __init__(self):
        got = self.got = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_): pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/hook" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def subscribe(sns, sqs, topic, name, raw, **filters):
    queue = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if name.endswith(".fifo") else {})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {"RawMessageDelivery": "true" if raw else "false"}
    if filters: attributes["FilterPolicy"] = json.dumps(filters)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return queue


def drain(sqs, queue):
    messages = []
    while got := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages"):
        messages += got
        for m in got: sqs.delete_message(QueueUrl=queue, ReceiptHandle=m["ReceiptHandle"])
    return messages


def drive(bench, driver, endpoint, channels, events, baselines, state, credentials=CREDENTIALS):
    config = bench.write("notify.json", {"organization": {"home_region": "eu-west-1"}, "notifications": channels})
    return subprocess.run([driver, config, bench.path(state), str(events), str(baselines)], capture_output=True, text=True, timeout=120,
                          env=harness.environment(endpoint, credentials, bench.dir, REEVE_HOOK_KEY=KEY))


def check_topic(c, bench, driver, endpoint, sns, sqs):
    topic = sns.create_topic(Name="security")["TopicArn"]
    all_of, alerts = subscribe(sns, sqs, topic, "all", True), subscribe(sns, sqs, topic, "alerts", False, kind=["alert"])
    r = drive(bench, driver, endpoint, [{"name": "topic", "sns_topic_arn": topic}], 10000, 3, "topic.state")
    c.ok("topic: the driver ends with status 0", r.returncode == 0, r.stderr)
    messages = drain(sqs, all_of)
    c.ok("topic: 10,000 events of 3 baselines are 6 messages", len(messages) == 6, len(messages))
    bodies = [json.loads(m["Body"]) for m in messages]
    c.same("topic: no event is lost", sum(b["count"] for b in bodies), 10000)
    for m, b in zip(messages, bodies):
        attributes = {k: v["StringValue"] for k, v in m["MessageAttributes"].items()}
        c.same("topic: attributes", attributes, {"kind": b["kind"], "severity": "high", "id": b["id"]})
        item = b["groups"][0]["items"][0]
        c.same("topic: texts arrive as they were", (item["account_name"], item["resource"], item["message"]),
               ("na\u00efve \u202e <b>", "arn:aws:s3:::a&b=c d+e%20", "100% \"public\"\n"))
        c.same("topic: ten are listed", (len(b["groups"][0]["items"]), b["groups"][0]["more"]), (10, b["count"] - 10))
    envelopes = [json.loads(m["Body"]) for m in drain(sqs, alerts)]
    c.same("topic: a subscription's filter on kind works", [json.loads(e["Message"])["kind"] for e in envelopes], ["alert"] * 3)
    c.ok("topic: subjects", all(e["Subject"].startswith("Reeve: ") and len(e["Subject"]) < 100 for e in envelopes), envelopes[:1])


def check_fifo(c, bench, driver, endpoint, sns, sqs):
    topic = sns.create_topic(Name="ordered.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queue = subscribe(sns, sqs, topic, "ordered.fifo", True)
    r = drive(bench, driver, endpoint, [{"name": "fifo", "sns_topic_arn": topic, "on": ["approval"]}], 10, 1, "fifo.state")
    messages = drain(sqs, queue)
    c.ok("fifo: one message arrives", r.returncode == 0 and len(messages) == 1, r.stderr)
    c.ok("fifo: it is an approval request", messages and json.loads(messages[0]["Body"])["kind"] == "approval")


def check_missing(c, bench, driver, endpoint):
    gone = "arn:aws:sns:%s:%s:gone" % (REGION, ACCOUNT)
    r = drive(bench, driver, endpoint, [{"name": "gone", "sns_topic_arn": gone}], 1, 1, "gone.state")
    c.ok("a missing topic: it is logged", r.returncode == 0 and "gone" in r.stderr, r.stderr)
    c.ok("no secret is logged", CREDENTIALS["SecretAccessKey"] not in r.stderr, r.stderr)


def check_model(c, bench, driver, endpoint, sns):
    """Checks the request itself with botocore's model and signer."""
    topic, port, record = sns.create_topic(Name="recorded")["TopicArn"], harness.free_port(), bench.path("notify.jsonl")
    proxy = [sys.executable, os.path.join(harness.HERE, "recordproxy.py"), "--listen", str(port), "--upstream", endpoint, "--out", record]
    with harness.Server(proxy, port, bench.log) as p:
        r = drive(bench, driver, p.url, [{"name": "recorded", "sns_topic_arn": topic}], 1, 1, "recorded.state")
    calls, errors, _ = harness.judge(record, CREDENTIALS)
    c.ok("the driver ends with status 0", r.returncode == 0, r.stderr)
    c.same("one Publish is sent, to the topic's region", [(x.operation, x.region) for x in calls], [("Publish", REGION)])
    c.ok("it fits AWS's model and its signature is right", not errors, "\n".join(errors))


def check_webhook(c, bench, driver, endpoint):
    hook = Webhook()
    r = drive(bench, driver, endpoint, [{"name": "hook", "on": ["alert"], "webhook": {"url": hook.url, "secret_env": "REEVE_HOOK_KEY"}}], 1, 1, "hook.state")
    c.ok("webhook: one message arrives", r.returncode == 0 and len(hook.got) == 1, r.stderr)
    for headers, body in hook.got:
        expected = hmac.new(KEY.encode(), headers["X-Reeve-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
        c.same("webhook: the signature is HMAC-SHA256 of TIMESTAMP.BODY", headers["X-Reeve-Signature"], "v1=" + expected)
        c.same("webhook: the id stands in header and body", headers["X-Reeve-Id"], json.loads(body)["id"])
    c.ok("no secret is logged", KEY not in r.stderr + r.stdout)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-v", action="store_true")
    c = harness.Checks(p.parse_args().v)
    driver = os.path.abspath(os.environ.get("DRIVER", "build/notify-driver"))
    if not os.access(driver, os.X_OK):
        sys.exit("no program at %s; set DRIVER" % driver)
    bench = harness.Bench(c, None)
    with harness.moto(bench.log) as server:
        made = dict(endpoint_url=server.url, region_name=REGION, aws_access_key_id=CREDENTIALS["AccessKeyId"],
                    aws_secret_access_key=CREDENTIALS["SecretAccessKey"])
        sns, sqs = boto3.client("sns", **made), boto3.client("sqs", **made)
        check_topic(c, bench, driver, server.url, sns, sqs)
        check_fifo(c, bench, driver, server.url, sns, sqs)
        check_missing(c, bench, driver, server.url)
        check_model(c, bench, driver, server.url, sns)
        check_webhook(c, bench, driver, server.url)
    bench.close()
    return c.done()


if __name__ == "__main__":
    sys.exit(main())
