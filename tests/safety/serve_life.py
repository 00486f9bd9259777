"""Part of serve.py: tests of how the daemon begins, and follows its configuration and its clock."""
import http.server
import json
import os
import socket
import threading
import time

from serve_world import BLOCK, ONE_AT_A_TIME, ONLY_BLOCK, SLOW, SMALL, Daemon, expect, expect_in, preloaded
from serving import block_removed, irrelevant, wait_until
from world import Wrong

# The clock shim sets the time to a moment before a full minute, so that the test waits for a sweep that is due then.
BEFORE_S = 4


# --- it begins ---

def ready_after_the_first_walk():
    with Daemon({**SMALL, "fault": "5xx@organizations=1"}, ONLY_BLOCK) as world:
        world.serve(ready=False)
        wait_until("it answers", world.answers)
        status, why = world.api("GET", "/readyz")
        expect("readiness", status, 503)
        expect_in("the reason", "walk", str(why))
        world.logged("the organization can't be walked; this is tried again")
        expect("health before it is ready", world.api("GET", "/healthz")[0], 200)
        expect("state before it is ready", world.status()["state"], "starting")
        for method, path, body in (("POST", "/api/v1/sweep", None), ("POST", "/api/v1/signals", block_removed(world.active[3]))):
            status, answer = world.api(method, path, body)
            if status not in (409, 503) or "walk" not in str(answer):
                raise Wrong("%s %s before the walk: %s %s" % (method, path, status, answer))
        world.simulator.set_faults("")
        wait_until("it is ready", world.is_ready, 30)
        world.ends_well(within_s=5)


def clock_env(offset_s):
    return {"LD_PRELOAD": preloaded("clock"), "SHIM_OFFSET_S": str(int(offset_s))}


def sweeps_by_the_clock():
    with Daemon(SMALL, {**ONLY_BLOCK, "schedule": {"sweep": "* * * * *"}}) as world:
        offset = 60 - BEFORE_S - time.time() % 60
        world.serve(clock_env(offset))
        time.sleep(1)
        expect("sweeps before the minute", len(world.runs()), 0)
        world.swept(timeout_s=BEFORE_S + 20)
        at = world.runs()[0]["started"]
        if not at[17:19] < "05":
            raise Wrong("a sweep for a full minute began at %s" % at)


def makes_a_missed_sweep_once():
    hour = "0 * * * *"
    with Daemon(SMALL, ONLY_BLOCK) as world:
        world.serve(clock_env(-7300))
        world.sweep_now()
        world.swept()
        world.ends_well()
        world.reconfigure(schedule={"sweep": hour, "catch_up": False})
        world.serve()
        time.sleep(1)
        expect("sweeps without catch_up", len(world.runs()), 1)
        world.ends_well()
        world.reconfigure(schedule={"sweep": hour})
        for _ in range(2):
            world.serve()
            world.swept(2)
            time.sleep(0.5)
            if int(time.time()) // 3600 == int(time.time() - 10) // 3600:  # no full hour has begun since
                expect("sweeps, with the missed one", len(world.runs()), 2)
            world.ends_well()


def one_sweep_at_a_time_and_events_first():
    with Daemon(SLOW, ONE_AT_A_TIME) as world:
        world.serve()
        account = world.active[-1]
        world.account(account, s3_block=None)
        world.sweep_now()
        wait_until("the sweep is under way", lambda: world.status()["sweep"])
        status, answer = world.api("POST", "/api/v1/sweep")
        expect("the second sweep", (status, answer["error"]["code"]), (409, "SweepUnderWay"))
        first = world.active[-2]
        world.account(first, s3_block=None)
        world.send(block_removed(first))
        wait_until("the event's fix is verified", lambda: any(s["outcome"] == "remediated" for s in world.signals(account=first)))
        if world.status()["sweep"] is None:
            raise Wrong("the sweep ended before the event's fix was verified")
        world.swept()
        expect("both have the block again", [world.is_blocked(a) for a in (account, first)], [True, True])
        expect("puts", world.calls("s3control.PutPublicAccessBlock"), 2)


def a_sweep_cut_off_goes_on():
    with Daemon(SLOW, ONE_AT_A_TIME) as world:
        world.serve()
        world.sweep_now()
        wait_until("some cells are done", lambda: (world.status()["sweep"] or {}).get("cells_done", 0) >= 5)
        run = world.runs()[0]["id"]
        world.ends_well(within_s=10)
        looks = world.calls("s3control.GetPublicAccessBlock")
        if looks >= len(world.active):
            raise Wrong("the sweep was not cut off")
        world.serve()
        world.logged("the interrupted sweep %s continues" % run)
        world.swept()
        expect("sweeps", [r["id"] for r in world.runs()], [run])
        expect("cells", sum(world.runs()[0]["cells"].values()), len(world.active))
        if world.calls("s3control.GetPublicAccessBlock") > len(world.active) + 8:
            raise Wrong("cells that were done were looked at again")
        world.ends_well()
        world.serve()
        time.sleep(0.5)
        expect("sweeps after another start", len(world.runs()), 1)


# --- it follows its configuration ---

def reload_takes_effect():
    with Daemon(SMALL, {"baselines": [{"assign": "root", "set": {"iam.root-mfa": {}}}]}) as world:
        world.serve()
        accounts = iter(world.active[3:])

        def outcome_of_an_event():
            account = next(accounts)
            world.account(account, s3_block=None)
            world.send(block_removed(account))
            return world.outcome(account)

        expect("not assigned", outcome_of_an_event(), "unassigned")
        world.reconfigure(**ONLY_BLOCK)
        world.reload()
        expect("assigned", outcome_of_an_event(), "remediated")
        world.reconfigure(tiers=[{"assign": "root", "set": {BLOCK: "alert"}}])
        world.reload()
        expect("tier alert", outcome_of_an_event(), "alerted")
        route = {"name": "not-ours", "pattern": {"detail": {"eventName": ["DeleteAccountPublicAccessBlock"]}}, "action": "ignore"}
        world.reconfigure(events={**world.configuration["events"], "routes": [route]})
        world.reload()
        expect("route", outcome_of_an_event(), "ignored")
        world.reconfigure(events={**world.configuration["events"], "routes": []}, tiers=[])
        good = world.configuration
        for bad, message in ((dict(good, baselin=[]), "baselin"), (dict(good, schedule={"sweep": "99 * * * *"}), "schedule"),
                             (dict(good, http={"listen": "0.0.0.0:1"}), "http"), (None, "")):
            world.write_configuration(json.dumps(bad) if bad else "{")
            world.reload("the new configuration is refused, and the old one stays in force")
            expect_in("the log", message, world.log().rsplit("is refused, and the old one stays in force", 1)[1])
        expect("the old configuration stays", outcome_of_an_event(), "ignored")
        world.reconfigure()
        world.reload()
        expect("remediated again", outcome_of_an_event(), "remediated")
        world.ends_well()
        outcomes = [e["outcome"] for e in world.audit() if e.get("action") == "reload"]
        expect("outcomes in the audit log", outcomes, ["taken"] * 3 + ["refused"] * 4 + ["taken"])


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def listens(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def reload_moves_the_listener():
    with Daemon(SMALL, ONLY_BLOCK) as world:
        world.serve()
        first, second = free_port(), free_port()
        for http, open_ones in (({"listen": "127.0.0.1:%d" % first}, (True, False)), ({"listen": "127.0.0.1:%d" % second}, (False, True)),
                                ({"listen": None}, (False, False))):
            world.reconfigure(http=http)
            world.reload()
            expect("ports that listen", (listens(first), listens(second)), open_ones)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            world.reconfigure(http={"listen": "127.0.0.1:%d" % taken.getsockname()[1]})
            world.reload("the new configuration is refused, and the old one stays in force")
            expect_in("the log", "in use", world.log())
        world.ends_well()


def reload_loses_nothing():
    events, reloads = 1200, 12
    with Daemon({**SMALL, "accounts": 40}, {**ONLY_BLOCK, "events": {"settle_seconds": 0}}) as world:
        world.serve()

        def load():
            for n in range(events // 20):
                account = world.active[2 + n % (len(world.active) - 2)]
                world.account(account, s3_block=None)
                world.send(*[block_removed(account) if k == 0 else irrelevant(account) for k in range(20)])
        thread = threading.Thread(target=load)
        thread.start()
        for n in range(reloads):
            world.reconfigure(limits={"changes_per_run": 1000 + n})
            world.reload()
        thread.join()
        world.drained()
        wait_until("all have an outcome", lambda: sum(v for k, v in world.metrics().items() if k.startswith("reeve_signals_total")) == events)
        expect("accounts without the block", [a for a in world.active[2:] if not world.is_blocked(a)], [])
        world.ends_well()
        world.audit()


def reload_moves_to_another_queue():
    """A message that was received from the old queue still gets its outcome, and is deleted there."""
    with Daemon({**SMALL, "latency": 100}, {**ONLY_BLOCK, "events": {"settle_seconds": 0}}) as world:
        world.serve()
        events, other, account, another = world.configuration["events"], world.configuration["events"]["queue_url"] + "-dlq", *world.active[3:5]
        world.account(account, s3_block=None)
        world.send(block_removed(account))
        wait_until("it is being handled", lambda: world.status()["cells_busy"] > 0)
        world.reconfigure(events={**events, "queue_url": other, "receivers": 2})
        world.reload()
        expect("outcome of the event from the old queue", world.outcome(account), "remediated")
        world.drained()
        world.account(another, s3_block=None)
        world.simulator.post("/_sim/queue?dead=1", json.dumps([block_removed(another)]))
        expect("outcome of the event from the new queue", world.outcome(another), "remediated")
        world.reconfigure(events={**events, "queue_url": "https://no queue"})
        world.reload("the new configuration is refused")
        world.reconfigure(events={**events, "queue_url": None})
        world.reload()
        wait_until("there is no queue", lambda: world.status()["queue"] is None)
        world.account(account, s3_block=None)
        world.send(block_removed(account))
        world.reconfigure(events=events)
        world.reload()
        wait_until("the first queue is used again", lambda: world.is_blocked(account))
        world.drained()
        world.ends_well()


def reload_during_a_sweep():
    """The sweep ends under the configuration with which it began; the next event is handled under the new one."""
    with Daemon(SLOW, ONE_AT_A_TIME) as world:
        world.serve()
        world.sweep_now()
        wait_until("the sweep is under way", lambda: (world.status()["sweep"] or {}).get("cells_done", 0) > 0)
        for n in range(3):
            world.reconfigure(tiers=[{"assign": "root", "set": {BLOCK: "alert"}}], limits={"in_flight": 8, "changes_per_run": 100 + n})
            world.reload()
        last, account = world.active[-1], world.active[-2]
        for one in (last, account):
            world.account(one, s3_block=None)
        world.send(block_removed(account))
        expect("outcome of the event", world.outcome(account), "alerted")
        world.swept()
        expect("blocks", [world.is_blocked(a) for a in (last, account)], [True, False] if world.finding(account)[0] == "alerted" else [True, True])
        world.ends_well()


# --- whom it tells ---

class Receiver:
    """Receives a webhook's messages, and keeps them."""

    def __init__(self):
        receiver = self
        self.messages = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def channel(self, group_seconds):
        return {"name": "test", "webhook": {"url": "http://127.0.0.1:%d/" % self.server.server_address[1]}, "group_seconds": group_seconds}

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def reload_tells_nothing_twice():
    """Events that are being gathered for a message stay gathered. With other channels the old ones send them, once. A configuration that
    is refused sends nothing."""
    with Receiver() as receiver, Daemon(SMALL, {**ONLY_BLOCK, "tiers": [{"assign": "root", "set": {BLOCK: "alert"}}], "notifications": [receiver.channel(3600)]}) as world:
        def alert(account):
            world.account(account, s3_block=None)
            world.send(block_removed(account))
            expect("outcome of the event", world.outcome(account), "alerted")
        world.serve()
        alert(world.active[3])
        world.reconfigure(limits={"changes_per_run": 77})
        world.reload()
        world.write_configuration(json.dumps({**world.configuration, "notifications": [receiver.channel(0)], "http": {"listen": "0.0.0.0:1"}}))
        world.reload("the new configuration is refused")
        expect("messages so far", receiver.messages, [])
        alert(world.active[4])
        world.reconfigure(notifications=[receiver.channel(1)])
        world.reload()
        told = len(receiver.messages)
        alert(world.active[5])
        wait_until("that is told too", lambda: len(receiver.messages) > told)
        world.ends_well()
        text = json.dumps(receiver.messages)
        expect("messages that name each account", [text.count('"account": "%s"' % a) for a in world.active[3:6]], [1, 1, 1])
        expect("messages with an id of their own", len({m["id"] for m in receiver.messages}), len(receiver.messages))


# --- what systemd hears ---

class Notified:
    """Receives the messages that systemd would get."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(0.1)
        self.heard = []  # (seconds, message)
        self.stopped = False
        self.thread = threading.Thread(target=self.hear)
        self.thread.start()

    def hear(self):
        while not self.stopped:
            try:
                self.heard.append((time.monotonic(), self.socket.recv(4096).decode()))
            except TimeoutError:
                pass

    def words(self):
        return [text for _, text in self.heard if text != "WATCHDOG=1"]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stopped = True
        self.thread.join()
        self.socket.close()


def systemd_is_told():
    with Daemon({**SMALL, "fault": "5xx@organizations=1"}, ONLY_BLOCK) as world, Notified(world.folder) as notified:
        world.serve({"NOTIFY_SOCKET": notified.path, "WATCHDOG_USEC": "1000000"}, ready=False)
        world.logged("the organization can't be walked")
        expect("messages before the organization was walked", notified.words(), [])
        world.simulator.set_faults("")
        wait_until("it is ready", world.is_ready)
        wait_until("systemd hears it", lambda: notified.words() == ["READY=1"])
        world.reload()
        wait_until("systemd hears of the reload", lambda: notified.words() == ["READY=1", "RELOADING=1", "READY=1"])
        world.write_configuration("{")
        world.reload("the new configuration is refused")
        wait_until("and of the one refused", lambda: notified.words() == ["READY=1"] + ["RELOADING=1", "READY=1"] * 2)
        time.sleep(1.2)
        now = time.monotonic()
        dogs = [at for at, text in notified.heard if text == "WATCHDOG=1"]
        if len(dogs) < 4 or now - dogs[-1] > 1 or max(b - a for a, b in zip(dogs, dogs[1:])) > 1:
            raise Wrong("the watchdog of 1 s heard at %s" % [round(at - now, 2) for at in dogs])
        world.ends_well(within_s=5)
        wait_until("systemd hears of the end", lambda: notified.words()[-1] == "STOPPING=1")


CASES = [(f.__name__, f) for f in (ready_after_the_first_walk, sweeps_by_the_clock, makes_a_missed_sweep_once, one_sweep_at_a_time_and_events_first,
                                   a_sweep_cut_off_goes_on, reload_takes_effect, reload_moves_the_listener, reload_loses_nothing, reload_moves_to_another_queue,
                                   reload_during_a_sweep, reload_tells_nothing_twice, systemd_is_told)]
