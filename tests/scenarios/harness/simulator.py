"""A running reeve-sim, and its hooks under /_sim/."""
import json
import subprocess
import urllib.error
import urllib.request

ACCESS_KEY = "AKIASIMORCHESTRATOR0"
SECRET_KEY = "sim-orchestrator-secret"
SESSION_TOKEN_START = "IQoJb3JpZ2luX2Vj"  # every session token begins with it, as AWS's do
EXTERNAL_ID = "external-id-of-the-scenarios"
# With fewer than 20 accounts all of them are active.
DEFAULTS = {"accounts": 12, "regions": 3, "seed": 7, "external-id": EXTERNAL_ID}


class Simulator:
    def __init__(self, program, arguments):
        self.arguments = {**DEFAULTS, **arguments}
        self.changes = []  # the changes posted to /_sim/account, by which a twin gets the same state
        command = [program, "--listen", "127.0.0.1:0"]
        for name, value in self.arguments.items():
            command += ["--" + name, str(value)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url.startswith("http"):
            raise RuntimeError("reeve-sim did not start: " + self.process.communicate(timeout=10)[1])

    def stop(self):
        """Ends the simulator. Returns what it wrote to standard error (nothing, when all is well)."""
        self.process.terminate()
        try:
            return self.process.communicate(timeout=20)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "reeve-sim did not end by SIGTERM: " + self.process.communicate()[1]

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def post(self, path, body):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, method="POST"), timeout=60):
                pass
        except urllib.error.HTTPError as error:
            raise RuntimeError("POST %s %.200s: %s" % (path, body, error.read().decode())) from None

    def stats(self):
        return json.loads(self.get("/_sim/stats"))

    def state(self):
        return json.loads(self.get("/_sim/state"))

    def queue(self, dead=False, bodies=False):
        """Returns the counts of the event queue or of the dead-letter queue; with "bodies" also the bodies of its messages."""
        return json.loads(self.get("/_sim/queue?dead=%d&bodies=%d" % (dead, bodies)))

    def send(self, messages):
        """Puts strings, or anything else as its JSON, into the event queue."""
        self.post("/_sim/queue", list(messages))

    def set_faults(self, text):
        self.post("/_sim/fault", text)

    def change(self, changes):
        self.changes.append(changes)
        self.post("/_sim/account", changes)

    def twin(self, program):
        """Starts another simulator in the same state, without faults, delays or limits."""
        kept = {k: v for k, v in self.arguments.items() if k not in (
            "fault", "latency", "limits", "page-size", "clock-offset", "session-seconds", "lag", "trail-events", "trail-delay")}
        twin = Simulator(program, kept)
        for changes in self.changes:
            twin.change(changes)
        return twin


def stats_since(before, after):
    """Returns the difference of the counters between two reads."""
    delta = {"peak_in_flight": after["peak_in_flight"]}
    for key, value in after.items():
        if isinstance(value, dict):
            delta[key] = {k: n - before[key].get(k, 0) for k, n in value.items() if n > before[key].get(k, 0)}
        elif key != "peak_in_flight":
            delta[key] = value - before[key]
    return delta
