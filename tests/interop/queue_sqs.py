#!/usr/bin/env python3
"""The event queue against software that this project did not write: queues of moto's SQS, filled and read by
boto3, and every request compared with AWS's model and signer.

usage: queue_sqs.py [-v]
  QUEUE_DRIVER   the built queue_driver.c (default: build/queue-driver)

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, collections, json, os, signal, subprocess, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import boto3, flask, moto, harness       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

REGION = "us-east-1"
CREDENTIALS = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


class Driver:
    """A running queue-driver, whose lines are read while it runs."""

    def __init__(self, bench, program, endpoint, url, receivers=3, most_held=100, visibility=30):
        self.lines = []
        self.process = subprocess.Popen([program, url, str(receivers), str(most_held), str(visibility)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=harness.environment(endpoint, CREDENTIALS, bench.dir))
        self.reader = threading.Thread(target=lambda: [self.lines.append(json.loads(line)) for line in self.process.stdout], daemon=True)
        self.reader.start()

    def messages(self): return [line for line in list(self.lines) if "body" in line]

    def health(self): return [line for line in list(self.lines) if "up" in line]

    def wait(self, so, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            if so(): return True
            time.sleep(0.05)
        return bool(so())

    def stop(self):
        """Ends it. Returns how long that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try: self.process.wait(60)
        except subprocess.TimeoutExpired: self.process.kill()
        self.took = time.monotonic() - began
        self.reader.join(10)
        self.err = self.process.stderr.read()
        self.totals = next((line for line in self.lines if "received" in line), {})
        return self.took


def new_queue(sqs, name):
    return sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "30"})["QueueUrl"]


def left(sqs, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def send(sqs, url, bodies):
    for start in range(0, len(bodies), 10):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": b} for i, b in enumerate(bodies[start:start + 10])])


def check_many(c, bench, program, endpoint, sqs):
    url = new_queue(sqs, "many")
    bodies = ["done %d \"quoted\" \\ na\u00efve \u202e\n<b>&" % i for i in range(137)]
    driver = Driver(bench, program, endpoint, url)
    began = time.time() * 1000
    send(sqs, url, bodies)
    c.ok("many: all arrive", driver.wait(lambda: len(driver.messages()) >= len(bodies)), len(driver.messages()))
    c.ok("many: all are deleted", driver.wait(lambda: left(sqs, url) == 0), left(sqs, url))
    driver.stop()
    # moto's threads may hand one message to two receivers that ask at the same moment, as SQS may too (at least once).
    got = len(driver.messages())
    c.same("many: each, as it was sent", set(m["body"] for m in driver.messages()), set(bodies))
    c.ok("many: hardly any arrives twice", got <= len(bodies) + 5, got)
    c.ok("many: sent times and receive counts are printed",
         all(abs(m["sent_ms"] - began) < 600000 and m["receive_count"] >= 1 for m in driver.messages()), driver.messages()[:1])
    c.same("many: the totals", driver.totals, {"received": got, "deleted": got, "released": 0, "failures": 0, "held": 0})
    c.same("many: it is up, told once", driver.health(), [{"up": True, "code": None}])
    c.ok("many: it ends with status 0", driver.process.returncode == 0, driver.err)
    c.ok("no secret is logged", CREDENTIALS["SecretAccessKey"] not in driver.err, driver.err)


def check_release(c, bench, program, endpoint, sqs):
    url = new_queue(sqs, "release")
    send(sqs, url, ["release 0 at once", "release 3 later"])
    driver = Driver(bench, program, endpoint, url, visibility=120)
    c.ok("release: both come again", driver.wait(lambda: len(driver.messages()) >= 4), driver.messages())
    c.ok("release: then they are deleted", driver.wait(lambda: left(sqs, url) == 0))
    driver.stop()
    counts = collections.defaultdict(list)
    for m in driver.messages(): counts[m["body"]].append(m["receive_count"])
    c.same("release: with their receive counts", dict(counts), {"release 0 at once": [1, 2], "release 3 later": [1, 2]})


def check_hold(c, bench, program, endpoint, sqs):
    url = new_queue(sqs, "hold")
    send(sqs, url, ["hold 7 number %d" % i for i in range(15)])
    driver = Driver(bench, program, endpoint, url, visibility=2)
    c.ok("hold: all arrive", driver.wait(lambda: len(driver.messages()) >= 15))
    time.sleep(4)
    seen = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    c.ok("hold: nobody else sees them meanwhile", not seen, seen)
    c.ok("hold: then they are deleted", driver.wait(lambda: left(sqs, url) == 0))
    driver.stop()
    c.same("hold: none came twice, at more than three times their visibility", len(driver.messages()), 15)


def check_bound(c, bench, program, endpoint, sqs):
    url = new_queue(sqs, "bound")
    send(sqs, url, ["kept %d" % i for i in range(30)])
    driver = Driver(bench, program, endpoint, url, most_held=12, visibility=60)
    driver.wait(lambda: len(driver.messages()) >= 10)
    time.sleep(2)
    c.ok("bound: no more messages are taken than may be held", 6 <= len(driver.messages()) <= 12, len(driver.messages()))
    driver.stop()
    c.same("bound: nothing that has no outcome is deleted", left(sqs, url), 30)
    c.same("bound: what is held is told", driver.totals.get("held"), len(driver.messages()))


def check_stop(c, bench, program, endpoint, sqs):
    url = new_queue(sqs, "stop")
    # A long poll that is not cut off ends after 20 s. Stopping may take long on a busy machine, so that is tried again.
    for _ in range(5):
        driver = Driver(bench, program, endpoint, url)
        driver.wait(lambda: driver.health())
        time.sleep(1.5)                       # by now it is in a long poll
        driver.stop()
        if driver.took < 10: break
    c.ok("stop: a long poll is cut off", driver.took < 10 and driver.process.returncode == 0, (driver.took, driver.err))


def check_missing(c, bench, program, endpoint, sqs):
    url = new_queue(sqs, "missing")
    sqs.delete_queue(QueueUrl=url)
    driver = Driver(bench, program, endpoint, url)
    c.ok("missing: it is reported", driver.wait(lambda: driver.health()))
    time.sleep(1)
    new_queue(sqs, "missing")
    send(sqs, url, ["done"])
    c.ok("missing: once it is made again, it is read", driver.wait(lambda: driver.messages(), 120))
    driver.stop()
    c.same("missing: down and up are told once, in the words of old",
           driver.health(), [{"up": False, "code": "AWS.SimpleQueueService.NonExistentQueue"}, {"up": True, "code": None}])


def check_model(c, bench, program, endpoint, sqs):
    """Checks the requests themselves with botocore's model and signer."""
    url, port, record = new_queue(sqs, "recorded"), harness.free_port(), bench.path("queue.jsonl")
    send(sqs, url, ["done 1", "release 1 2", "hold 3 3"])
    proxy = [sys.executable, os.path.join(harness.HERE, "recordproxy.py"), "--listen", str(port), "--upstream", endpoint, "--out", record]
    with harness.Server(proxy, port, bench.log) as p:
        driver = Driver(bench, program, p.url, url, visibility=2)
        c.ok("recorded: all are deleted", driver.wait(lambda: len(driver.messages()) >= 4 and left(sqs, url) == 0), driver.messages())
        driver.stop()
    calls, errors, _ = harness.judge(record, CREDENTIALS)
    names = {x.operation for x in calls}
    c.same("recorded: these calls are made", names, {"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"})
    c.ok("recorded: they fit AWS's model and their signatures are right", not errors, "\n".join(errors))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-v", action="store_true")
    c = harness.Checks(p.parse_args().v)
    program = os.path.abspath(os.environ.get("QUEUE_DRIVER", "build/queue-driver"))
    if not os.access(program, os.X_OK):
        sys.exit("no program at %s; set QUEUE_DRIVER" % program)
    bench = harness.Bench(c, None)
    with harness.moto(bench.log) as server:
        sqs = boto3.client("sqs", endpoint_url=server.url, region_name=REGION, aws_access_key_id=CREDENTIALS["AccessKeyId"],
                           aws_secret_access_key=CREDENTIALS["SecretAccessKey"])
        for check in (check_many, check_release, check_hold, check_bound, check_stop, check_missing, check_model):
            check(c, bench, program, server.url, sqs)
    bench.close()
    return c.done()


if __name__ == "__main__":
    sys.exit(main())
