#!/usr/bin/env python3
"""Attacks on the HTTP API and the control socket from outside, each refused; and after each the server still answers.

usage: web.py [--full] [--requests N]

Each attack comes from a loopback address of its own, since the server limits by address. At the end, descriptors and memory
are as they were after thousands of requests. Ends with `N passed, N failed, N skipped`.
"""
import argparse
import itertools
import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
VIEWER, RESPONDER, INGEST = ("Authorization: Bearer %s-token\r\n" % role for role in ("viewer", "responder", "ingest"))
BODY = 'Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"name":"n"}'
PATIENCE = 20


def find_driver():
    beside = os.path.join(os.path.dirname(os.environ.get("REEVE", os.path.join(HERE, "..", "..", "build", "reeve"))), "web-driver")
    path = os.environ.get("WEB_DRIVER", beside)
    if not os.access(path, os.X_OK):
        sys.exit("%s is no program; name it with WEB_DRIVER" % path)
    return os.path.abspath(path)


class Wrong(Exception):
    """The server did something that it must not do."""


class Server:
    """A running web-driver."""
    sources = itertools.count(2)

    def __init__(self, folder, name, *certificate):
        self.state = os.path.join(folder, name)
        # AddressSanitizer keeps freed memory for a while, which is not growth.
        env = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=4:" + os.environ.get("ASAN_OPTIONS", "")}
        self.process = subprocess.Popen([find_driver(), self.state, *certificate], stdout=subprocess.PIPE, text=True, env=env)
        line = self.process.stdout.readline()
        if not line:
            raise Wrong("the driver does not start")
        self.port, self.tls = int(line), bool(certificate)

    def connect(self, source=None):
        if source is None:
            number = next(self.sources)
            source = "127.0.%d.%d" % (number // 250 % 250 + 1, number % 250 + 1)
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE, source_address=(source, 0))

    def wrapped(self, **options):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(self.connect(**options), server_hostname="localhost")

    def send(self, data, source=None, until_closed=True):
        """Sends bytes, and returns all that comes back."""
        with (self.wrapped(source=source) if self.tls else self.connect(source)) as sock:
            return exchange(sock, data, until_closed)

    def ask(self, line, fields="", rest="\r\n", source=None):
        return self.send("%s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n%s%s" % (line, self.port, fields, rest), source)

    def expect(self, status, *arguments, part="", **keywords):
        got = self.ask(*arguments, **keywords)
        check_status(got, status)
        if part not in got:
            raise Wrong("%r is not in %r" % (part, got[:600]))
        return got

    def answers(self):
        """Checks that the server lives, and lets authorized callers in."""
        if self.process.poll() is not None:
            raise Wrong("the server ended with %d" % self.process.returncode)
        self.expect(200, "GET /things", VIEWER, part='"person":"Vic"')

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def memory_kib(self):
        """Returns the server's own memory, without the mapped file of the store."""
        with open("/proc/%d/status" % self.process.pid) as status:
            return int(re.search(r"RssAnon:\s+(\d+)", status.read())[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=PATIENCE) != 0:
            raise Wrong("the server ended with %d" % self.process.returncode)


def exchange(sock, data, until_closed=True):
    got = b""
    try:
        sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        while True:
            more = sock.recv(65536)
            if not more:
                break
            got += more
            if not until_closed:
                break
    except (ConnectionError, ssl.SSLError):
        pass
    return got.decode("latin-1")


def check_status(got, *statuses):
    found = re.match(r"HTTP/1\.1 (\d+) ", got)
    if not found or int(found[1]) not in statuses:
        raise Wrong("%s, not %s" % (got[:300] or "nothing", " or ".join(map(str, statuses))))
    head = got.split("\r\n\r\n")[0]
    for wanted in ("X-Content-Type-Options: nosniff", "Cache-Control: no-store"):
        if wanted not in head:
            raise Wrong("no %s: %s" % (wanted, head))
    if re.search(r"(?i)^(server|access-control-[a-z-]+):", head, re.M):
        raise Wrong("it tells too much: %s" % head)
    if int(found[1]) >= 400:
        error = json.loads(got.split("\r\n\r\n", 1)[1])["error"]
        if not error["code"] or not error["message"]:
            raise Wrong("an error without a reason: %s" % got)


# --- tokens and roles ---

def tokens(server):
    server.expect(401, "GET /things", part="WWW-Authenticate: Bearer")
    for token in ("", "x", "viewer-tokenx", "viewer-toke", "d036bd6d01a1cae081d39a2f8dab751dc042de814fd60df31fcb553170950f29", "\xff" * 40, "a" * 5000):
        server.expect(401, "POST /things", "Authorization: Bearer %s\r\n" % token, BODY)
    server.expect(401, "GET /things", "Authorization: Basic dmlld2VyLXRva2Vu\r\n")
    server.expect(400, "GET /things", VIEWER + VIEWER)
    server.expect(401, "GET /no/such/path")
    server.expect(404, "GET /no/such/path", VIEWER)


def roles(server):
    server.expect(403, "POST /things", VIEWER, BODY)
    server.expect(403, "DELETE /things/1", RESPONDER)
    server.expect(403, "GET /things", INGEST)
    server.expect(403, "POST /things", INGEST, BODY)
    server.expect(405, "DELETE /things", RESPONDER, part="Allow: GET, POST\r\n")


def guessing(server):
    """Only the address that guesses tokens is shut out."""
    for _ in range(30):
        server.expect(401, "GET /things", "Authorization: Bearer guess\r\n", source="127.0.0.66")
    server.expect(429, "GET /things", "Authorization: Bearer guess\r\n", source="127.0.0.66", part="Retry-After: ")
    server.expect(429, "GET /things", VIEWER, source="127.0.0.66")
    server.expect(200, "GET /things", VIEWER, source="127.0.0.67")


def replay(server):
    key = RESPONDER + "Idempotency-Key: replay-1\r\n"
    first = server.expect(200, "POST /things", key, BODY)
    again = server.expect(200, "POST /things", key, BODY, part="Idempotency-Replayed: true")
    if json.loads(first.split("\r\n\r\n")[1]) != json.loads(again.split("\r\n\r\n")[1]):
        raise Wrong("another answer than the first")
    server.expect(422, "POST /things", key, BODY.replace('"n"}', '"m"}'))
    server.expect(400, "POST /things", RESPONDER + "Idempotency-Key: %s\r\n" % ("a" * 65), BODY)


# --- what does not fit ---

def oversized(server):
    server.expect(413, "POST /things", RESPONDER + "Content-Type: application/json\r\nContent-Length: 65537\r\n")
    server.expect(413, "POST /signals", INGEST + "Content-Type: application/json\r\nContent-Length: 1048577\r\n")
    server.expect(413, "POST /things", RESPONDER + "Content-Type: application/json\r\nContent-Length: 999999999999999\r\n")
    # Even when the whole body is sent, the answer still arrives.
    got = server.ask("POST /things", RESPONDER + "Content-Type: application/json\r\nContent-Length: 1500000\r\n", "\r\n" + " " * 1500000)
    check_status(got, 413)
    server.expect(200, "POST /signals", INGEST + "Content-Type: application/json\r\nContent-Length: 1048576\r\n", "\r\n[" + " " * 1048574 + "]")
    server.expect(431, "GET /things", VIEWER + "X: %s\r\n" % ("a" * 20000))
    server.expect(431, "GET /things", VIEWER + "".join("X-%d: a\r\n" % i for i in range(200)))
    server.expect(414, "GET /%s" % ("a" * 9000), VIEWER)
    check_status(server.send("A" * 17000), 431)
    server.expect(400, "POST /things", RESPONDER + "Content-Type: application/json\r\nContent-Length: 60000\r\n", "\r\n" + "[" * 60000)


def slowloris(server):
    """Sends one byte a second, in the head and in the body, for ten seconds in all."""
    outcomes = []

    def trickle(request):
        began, got = time.monotonic(), b""
        with server.connect() as sock:
            try:
                for byte in request:
                    sock.sendall(byte.encode())
                    sock.settimeout(0.5)
                    try:
                        got = sock.recv(4096)
                        break
                    except socket.timeout:
                        pass
            except OSError:
                pass
        outcomes.append((time.monotonic() - began, got.decode()))

    head = "POST /things HTTP/1.1\r\nHost: localhost:%d\r\n%sContent-Type: application/json\r\n" % (server.port, RESPONDER)
    with_body = server.connect()
    with_body.sendall((head + "Content-Length: 1000\r\n\r\n").encode())
    began = time.monotonic()
    threads = [threading.Thread(target=trickle, args=(head + "X: " + "a" * 100,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    with_body.settimeout(PATIENCE)
    body_answer = with_body.recv(4096).decode()
    body_seconds = time.monotonic() - began
    with_body.close()
    for thread in threads:
        thread.join()
    outcomes.append((body_seconds, body_answer))
    for seconds, got in outcomes:
        check_status(got, 408)
        if not 8 < seconds < 15:
            raise Wrong("it took %.1f s" % seconds)


# --- ambiguity ---

def paths(server):
    for path in ("/..", "/things/..", "/things/../healthz", "/%2e%2e/healthz", "/things/%2e%2e", "/things/%2E.", "//healthz", "/things//1", "/things/a%00b",
                 "/things/a%0d%0aSet-Cookie:%20x", "/things/%c0%ae%c0%ae", "/things/a%2fb", "/things/a%5cb", "/things/a\\b", "/things/%", "/things/%zz",
                 "http://localhost/things", "*", "things", "/things#x", "/things?limit=1&limit=2", "/things?%00=1", "/things?x=%ff"):
        server.expect(400, "GET " + path, VIEWER)
    server.expect(200, "GET /things/%252e%252e", VIEWER, part='"id":"%2e%2e"')
    server.expect(404, "GET /things/", VIEWER)


def rebinding(server):
    for host in ("evil.example", "evil.example:%d", "localhost.evil.example:%d", "127.0.0.1.evil.example:%d", "10.0.0.1:%d", "0.0.0.0:%d", "localhost:1",
                 "reeve.example.com.evil.example"):
        host = host.replace("%d", str(server.port))
        check_status(server.send("GET /things HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n" % (host, VIEWER)), 421)
    for host in ("", "a b", "a,b", "localhost@evil.example", "[::1", "localhost:99999"):
        check_status(server.send("GET /things HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n" % (host, VIEWER)), 400)
    check_status(server.send("GET /things HTTP/1.1\r\n%sConnection: close\r\n\r\n" % VIEWER), 400)
    check_status(server.send("GET /things HTTP/1.1\r\nHost: reeve.example.com\r\n%sConnection: close\r\n\r\n" % VIEWER), 200)


def origins(server):
    for origin in ("http://evil.example", "https://localhost.evil.example:%d" % server.port, "null", "", "file://", "http://localhost:1"):
        server.expect(403, "POST /things", RESPONDER + "Origin: %s\r\n" % origin, BODY)
    for site in ("cross-site", "same-site", "anything"):
        server.expect(403, "GET /things", VIEWER + "Sec-Fetch-Site: %s\r\n" % site)
    server.expect(405, "OPTIONS /things", VIEWER + "Origin: http://localhost:%d\r\nAccess-Control-Request-Method: POST\r\n" % server.port)
    server.expect(200, "POST /things", RESPONDER + "Origin: http://localhost:%d\r\n" % server.port, BODY)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json, text/plain"):
        server.expect(415, "POST /things", RESPONDER + "Content-Type: %s\r\nContent-Length: 12\r\n" % kind, '\r\n{"name":"n"}')


def smuggling(server):
    """An ambiguous request is refused and its connection ends, so that the bytes behind it never become a request."""
    host = "Host: localhost:%d\r\n" % server.port
    hidden = "GET /things/smuggled HTTP/1.1\r\n%s%sConnection: close\r\n\r\n" % (host, VIEWER)
    start = "POST /things HTTP/1.1\r\n" + host + RESPONDER + "Content-Type: application/json\r\n"
    length = "Content-Length: %d\r\n" % len(hidden)
    for fields in ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                   "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "Content-Length: 0\r\n" + length, length + "Content-Length: 0\r\n",
                   length + length, "Content-Length : %d\r\n" % len(hidden), "X: a\r\n " + length, " " + length, "Content-Length: +0\r\n", "Content-Length: -1\r\n",
                   "Content-Length: 0x0\r\n", "Content-Length: 0,0\r\n", "Content-Length: 0 0\r\n", "Content-Length: 18446744073709551616\r\n", "X: a\rb\r\n",
                   "X: a\nContent-Length: 0\r\n", "X\x00: a\r\n", "\x0bContent-Length: 0\r\n", "Content-Length\t: 0\r\n", ": a\r\n", "X\r\n"):
        got = server.send(start + fields + "\r\n" + "0\r\n\r\n" + hidden)
        check_status(got, 400)
        if len(re.findall(r"HTTP/1\.1 \d", got)) != 1:
            raise Wrong("%r let a second request in: %s" % (fields, got))
    for fields in ("Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n", "Transfer-Encoding: gzip, chunked\r\n"):
        got = server.send(start + fields + "\r\n0\r\n\r\n" + hidden)
        check_status(got, 411)
        if len(re.findall(r"HTTP/1\.1 \d", got)) != 1:
            raise Wrong("%r let a second request in: %s" % (fields, got))
    # A request that hides in a body stays part of the body.
    got = server.send("GET /things HTTP/1.1\r\n" + host + VIEWER + length + "\r\n" + hidden)
    if len(re.findall(r"HTTP/1\.1 \d", got)) != 1:
        raise Wrong("a body was taken for a request: %s" % got)
    for line in ("GET /healthz HTTP/1.0", "GET /healthz HTTP/2.0"):
        check_status(server.send("%s\r\n%s\r\n" % (line, host)), 505)
    for line in ("GET /healthz", "GET  /healthz HTTP/1.1", "GET /healthz HTTP/1.1 ", "GET\t/healthz HTTP/1.1", "get /healthz HTTP/1.1", "PRI * HTTP/2.0"):
        check_status(server.send("%s\r\n%s\r\n" % (line, host)), 400, 505)
    check_status(server.send("GET /healthz HTTP/1.1\n%s\n\n" % host), 400)
    check_status(server.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400)


def pipelining(server):
    host = "Host: localhost:%d\r\n" % server.port
    one = "GET /things/%d HTTP/1.1\r\n" + host + VIEWER + "\r\n"
    got = server.send("".join(one % i for i in range(300)) + "GET /healthz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n")
    ids = [int(number) for number in re.findall(r'"id":"(\d+)"', got)]
    if ids != list(range(300)):
        raise Wrong("answers out of order, or missing: %d" % len(ids))


# --- many ---

def crowd(server):
    """Makes two hundred connections at once, from one address and from many; the control socket goes on."""
    for sources in (itertools.repeat("127.0.0.77"), ("127.0.9.%d" % (i // 4 + 1) for i in itertools.count())):
        held = []
        for source in itertools.islice(sources, 200):
            try:
                sock = server.connect(source)
                sock.sendall(b"GET /healthz HTTP/1.1\r\n")
                held.append(sock)
            except ConnectionError:
                pass
        control_socket(server)
        alive = 0
        for sock in held:
            sock.settimeout(0.2)
            try:
                alive += sock.recv(1) != b""
            except socket.timeout:
                alive += 1
            except ConnectionError:
                pass
            sock.close()
        if alive > 128:
            raise Wrong("%d connections were let in" % alive)
        time.sleep(0.2)


def control_socket(server):
    path = os.path.join(server.state, "control.sock")
    mode = os.lstat(path).st_mode
    if not stat.S_ISSOCK(mode) or stat.S_IMODE(mode) != 0o600:
        raise Wrong("the control socket has mode %o" % mode)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(path)
        got = exchange(sock, "GET /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    check_status(got, 200)
    if '"role":"admin"' not in got:
        raise Wrong("not an admin: %s" % got)


def flat(server, requests):
    """Descriptors and memory don't grow with all kinds of requests and clients that leave."""
    def some(count):
        for i in range(count):
            sock = server.connect("127.0.%d.%d" % (20 + i // 200 % 100, i % 200 + 1))
            kind = i % 8
            head = "Host: localhost:%d\r\n" % server.port
            sock.sendall((["GET /things HTTP/1.1\r\n" + head + VIEWER + "Connection: close\r\n\r\n",
                           "POST /things HTTP/1.1\r\n" + head + RESPONDER + "Idempotency-Key: %d\r\nConnection: close\r\n" % (i % 50) + BODY,
                           "GET /things HTTP/1.1\r\nHost: evil.example\r\n\r\n", "GET /thi", "POST /things HTTP/1.1\r\n" + head + RESPONDER + BODY,
                           "GET /big?bytes=200000 HTTP/1.1\r\n" + head + VIEWER + "\r\n", "\x00\x01\x02",
                           "GET /things HTTP/1.1\r\n" + head + "Authorization: Bearer x\r\nConnection: close\r\n\r\n"][kind]).encode())
            if kind in (0, 1, 7):
                while sock.recv(65536):
                    pass
            sock.close()
        time.sleep(1)

    some(requests // 4)
    descriptors, memory = server.descriptors(), server.memory_kib()
    some(requests)
    if server.descriptors() > descriptors + 2:
        raise Wrong("%d descriptors became %d" % (descriptors, server.descriptors()))
    print("    %d requests: %d descriptors, %d KiB before and %d after" % (requests, server.descriptors(), memory, server.memory_kib()))
    if server.memory_kib() > memory * 1.1 + 2048:
        raise Wrong("%d KiB became %d" % (memory, server.memory_kib()))


# --- TLS ---

def garbage(server):
    for data in (b"\x16\x03\x01\xff\xff" + os.urandom(200), os.urandom(500), b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", b"\x80" * 100, b"\x15\x03\x01\x00\x02\x02\x28"):
        with server.connect() as sock:
            got = exchange(sock, data)
        if "HTTP" in got:
            raise Wrong("it spoke HTTP: %r" % got)
    with server.connect():
        pass


def plaintext(server):
    with server.connect() as sock:
        got = exchange(sock, "GET /things HTTP/1.1\r\nHost: localhost:%d\r\n%sConnection: close\r\n\r\n" % (server.port, VIEWER))
    if "HTTP" in got or "Vic" in got:
        raise Wrong("it answered without TLS: %r" % got)


def old_tls(server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    warnings.simplefilter("ignore", DeprecationWarning)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        context.wrap_socket(server.connect(), server_hostname="localhost").close()
    except (ssl.SSLError, ConnectionError):
        return
    raise Wrong("TLS 1.1 was taken")


def silent_handshakes(server):
    """Clients that connect and send nothing don't keep others out."""
    held = [server.connect() for _ in range(60)]
    server.answers()
    for sock in held:
        sock.close()


# --- all of them ---

def make_certificate(folder):
    files = [os.path.join(folder, name) for name in ("c.pem", "k.pem")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                    "-out", files[0], "-keyout", files[1]], check=True, stderr=subprocess.DEVNULL)
    os.chmod(files[1], 0o600)
    return files


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--requests", type=int)
    options = parser.parse_args()
    requests = options.requests or (20000 if options.full else 3000)
    folder = tempfile.mkdtemp(prefix="reeve-web-")
    passed = failed = skipped = 0
    servers = []
    try:
        plain = Server(folder, "plain")
        servers.append(plain)
        cases = [(plain, attack) for attack in (tokens, roles, guessing, replay, oversized, paths, rebinding, origins, smuggling, pipelining, control_socket,
                                                crowd, slowloris, lambda server: flat(server, requests))]
        if shutil.which("openssl"):
            over_tls = Server(folder, "tls", *make_certificate(folder))
            servers.append(over_tls)
            cases += [(over_tls, attack) for attack in (garbage, plaintext, old_tls, silent_handshakes, pipelining, tokens)]
        else:
            print("  skip: no openssl to make a certificate with")
            skipped += 6
        for server, attack in cases:
            name = "flat" if attack.__name__ == "<lambda>" else attack.__name__
            try:
                attack(server)
                server.answers()
                passed += 1
            except Exception as problem:  # noqa: BLE001
                failed += 1
                print("FAILED %s: %s" % (name, problem if isinstance(problem, Wrong) else traceback.format_exc()))
        for server in servers:
            server.stop()
            if os.path.lexists(os.path.join(server.state, "control.sock")):
                failed += 1
                print("FAILED: the control socket is left behind")
    finally:
        for server in servers:
            server.process.kill()
        shutil.rmtree(folder, ignore_errors=True)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
