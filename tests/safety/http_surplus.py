#!/usr/bin/env python3
"""Bytes that a server sends behind its response must not be read as the response to the next request, which may be
another account's.

A server answers with a response of an exact number of bytes, and sends a second response behind it: in the same
write, in a second write, or 400 ms later; plain and over TLS; with Content-Length, chunked and without a body. The
client then makes another request, whose response must be its own. The client waits until all of that is sent, since
bytes that arrive after the next request has left can't be told from its response. Bytes that come 400 ms later must end
the connection while it is idle, before any other request.

usage: http_surplus.py [--full]        (REEVE: the program; http-driver lies beside it)
  the sizes are 8,192, 16,384 and 4 others; with --full 100 others
"""
import concurrent.futures, os, queue, random, socket, ssl, subprocess, sys, tempfile, threading

DRIVER = os.path.join(os.path.dirname(os.path.abspath(os.environ.get("REEVE", "build/reeve"))), "http-driver")
SMUGGLED = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"
LATER_S = 0.4
PATIENCE_S = 60                                         # a test that takes longer has failed
FRAMINGS, TIMINGS, SCHEMES = ("length", "chunked", "none"), ("same", "second", "later"), ("http", "https")


def response(framing, size):
    """Returns a response of exactly `size` bytes."""
    if framing == "none":
        head = b"HTTP/1.1 204 No Content\r\nX-Padding: %s\r\n\r\n"
        return head % (b"p" * (size - len(head) + 2))
    if framing == "length":
        for digits in range(1, 9):
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %0*d\r\n\r\n"
            body = size - len(head % (digits, 0))
            if len(str(body)) == digits: return head % (digits, body) + b"b" * body
    head, tail = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"
    body = size - len(head) - len(tail)
    for digits in range(1, 9):
        chunk = body - digits - 4
        if len("%x" % chunk) <= digits: return head + b"%0*x\r\n" % (digits, chunk) + b"b" * chunk + b"\r\n" + tail


class Server:
    """Answers as the path of a request asks: /FRAMING/SIZE/TIMING, or /echo/TOKEN."""

    def __init__(self, context):
        self.context, self.listener = context, socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.sent, self.lock = {}, threading.Lock()     # key of a case: a queue of the events on its connection
        threading.Thread(target=self.accept, daemon=True).start()

    def events(self, key):
        with self.lock: return self.sent.setdefault(key, queue.Queue())

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        key = None
        try:
            if self.context: connection = self.context.wrap_socket(connection, server_side=True)
            while path := self.read_path(connection):
                if path.startswith("/echo/"):
                    token = path[6:].encode()
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(token), token))
                else:
                    key = path
                    self.answer(connection, path)
        except OSError:
            pass
        finally:
            connection.close()
            if key: self.events(key).put("closed")

    def read_path(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more: return None
            data += more
        return data.split(b" ")[1].decode()

    def answer(self, connection, path):
        _, framing, size, timing = path.split("/")
        bytes_ = response(framing, int(size))
        connection.sendall(bytes_ + (SMUGGLED if timing == "same" else b""))
        if timing != "same":
            threading.Event().wait(LATER_S if timing == "later" else 0)
            connection.sendall(SMUGGLED)
        self.events(path).put("sent")


class Client:
    def __init__(self, bundle):
        self.process = subprocess.Popen([DRIVER] + ([bundle] if bundle else []), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")


def try_case(server, client, scheme, framing, size, timing):
    """Runs a case. Returns None, or what went wrong."""
    base, path = "%s://127.0.0.1:%d" % (scheme, server.port), "/%s/%d/%s" % (framing, size, timing)
    events, token = server.events(path), "own-%s-%d-%s" % (framing, size, timing)
    if len(response(framing, size)) != size: return "the test's own response has another size"
    first = client.ask("GET " + base + path)
    if not first.startswith("204" if framing == "none" else "200"): return "the response itself: %r" % first
    try: happened = {events.get(timeout=PATIENCE_S)}
    except queue.Empty: return "the server was not asked"
    while timing == "later" and "closed" not in happened:
        client.ask("IDLE")
        try: happened.add(events.get(timeout=0.01))
        except queue.Empty:
            client.waits = getattr(client, "waits", 0) + 1
            if client.waits > PATIENCE_S * 100: return "the idle connection was not closed"
    second = client.ask("GET " + base + "/echo/" + token)
    if second != "200 " + token: return "the next request got %r" % second


def certificate(folder):
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


def choose_sizes(full):
    """Returns sizes at which reads, TLS records and their sums end, and arbitrary ones."""
    edges = [n * 4096 + d for n in (1, 2, 3, 4, 6, 8) for d in (-1, 0, 1)]
    numbers = random.Random(20)
    others = [s for s in edges if s not in (8192, 16384)] + [numbers.randrange(200, 32000) for _ in range(200)]
    others = list(dict.fromkeys(s for s in others if s < 32700))
    return [8192, 16384] + (others[:100] if full else others[:2] + others[-2:])


def main():
    full = "--full" in sys.argv
    with tempfile.TemporaryDirectory(prefix="reeve-http-") as folder:
        bundle, context = certificate(folder)
        servers = {"http": Server(None), "https": Server(context)}
        cases = [(scheme, framing, size, timing) for scheme in SCHEMES for framing in FRAMINGS for size in choose_sizes(full) for timing in TIMINGS]
        clients, local = [], threading.local()

        def run(case):
            if not hasattr(local, "client"):
                local.client = {"http": Client(None), "https": Client(bundle)}
                clients.extend(local.client.values())
            local.client[case[0]].waits = 0
            return try_case(servers[case[0]], local.client[case[0]], *case)

        with concurrent.futures.ThreadPoolExecutor(16) as threads: results = list(threads.map(run, cases))
        for client in clients:
            client.process.stdin.close()
            if client.process.wait(): results.append("a driver ended with status %d" % client.process.returncode)
    failed = [(case, result) for case, result in zip(cases + [("end",)] * len(results), results) if result]
    for case, result in failed: print("FAILED %s: %s" % (" ".join(map(str, case)), result))
    print("%d passed, %d failed" % (len(results) - len(failed), len(failed)))
    return 1 if failed else 0


if __name__ == "__main__": sys.exit(main())
