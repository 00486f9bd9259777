#!/usr/bin/env python3
"""The project's two HTTP parsers (the client's reader of responses, the API's reader of request heads) next to llhttp,
the parser of Node.js, which the package httptools brings, on mutated messages.

A message that llhttp refuses, or finds incomplete, must not be accepted: it could mean one thing to us and another
to a proxy in between. A message that both accept must have the same status, fields and body, and a connection that we
keep must be one that llhttp keeps and on which nothing follows. The lists below have the messages that only we refuse,
and the few that llhttp reads against the RFCs; each entry has its reason.

usage: check_http.py [--full] [--seed N]        (REEVE: the program; parse-driver lies beside it)
  each of some pieces at each place of some messages where parsers differ most, and 6,000 responses and 6,000
  requests that are mutated at random; with --full 1,000,000 of each
"""
import collections, concurrent.futures, os, random, struct, subprocess, sys

import httptools

DRIVER = os.path.join(os.path.dirname(os.path.abspath(os.environ.get("REEVE", "build/reeve"))), "parse-driver")
BATCH = 5000

# ---------------------------------------------------------------- what only we refuse: the fault, and why
STRICTER_RESPONSES = {
    "its first line is not a status line": "llhttp skips empty lines before it, and takes HTTP/0.9, HTTP/2.0 and a status below 100",
    "its status line has a control character": "llhttp takes control characters in the reason, which RFC 9112 section 4 excludes",
    "it switches to a protocol that was not asked for": "llhttp leaves it to its caller to refuse 101",
    "its Content-Length is not a number of bytes": "more than 15 digits: no response is that long",
    "its Transfer-Encoding is not \"chunked\"": "llhttp leaves other codings to its caller; no request asks for one",
    "it has both Content-Length and Transfer-Encoding": "llhttp overlooks it where the status excludes a body",
    "a line does not end with CR LF": "llhttp skips bare line feeds between an interim response and the next",
    "a header line is not a name, a colon and a value": "a line that begins with a colon, which llhttp takes as part of the value before",
    "a chunk does not begin with its size": "more than 12 digits, or an extension without a name",
    "its trailer declares a length": "RFC 9110 section 6.5.1 excludes framing from trailers",
    "for its size": "limits of our own: 32 KiB and 64 fields in the head, here 64 KiB in the body",
}
STRICTER_REQUESTS = {
    "NotHttp": "llhttp skips empty lines before the request",
    "BadRequestLine": "we read METHOD /path HTTP/1.1 only; llhttp takes M-SEARCH and a request line without a version",
    "BadVersion": "llhttp takes HTTP/0.9, HTTP/1.0 and HTTP/2.0",
    "BadHead": "no Host, a repeated field that must be unique, or a Content-Length of more than 15 digits",
    "LengthRequired": "we take no Transfer-Encoding at all",
    "BadExpectation": "only 100-continue is met",
    "BadPath": "the path is decoded and checked by us; llhttp leaves that to its caller",
    "BadQuery": "the query is decoded and checked by us; llhttp leaves that to its caller",
    "NoSuchPath": "a limit of our own",
    "TargetTooLong": "a limit of our own",
    "HeadTooLarge": "a limit of our own",
}

# ---------------------------------------------------------------- messages
RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Amzn-RequestId: 1-2-3\r\nContent-Length: 11\r\nConnection: keep-alive\r\n\r\n{\"ok\":true}",
    b"HTTP/1.1 200 OK\r\nServer: AmazonS3\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n5;name=\"va;l\\\"ue\";x=1\r\n12345\r\n0\r\nTrailer: late\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nx-amz-id-2: abc=\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<a>until the end</a>",
    b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 403\r\nEmpty:\r\nBlanks: \t a b \t\r\nContent-Length: 3\r\n\r\nabc",
]
REQUESTS = [
    b"GET /v1/findings?limit=10&status=open HTTP/1.1\r\nHost: 127.0.0.1:8443\r\nAuthorization: Bearer abc\r\nAccept: */*\r\n\r\n",
    b"POST /v1/approvals/1-2 HTTP/1.1\r\nHost: reeve.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\nIdempotency-Key: a\r\n\r\n",
    b"PUT /v1/pause HTTP/1.1\r\nHost: [::1]:80\r\nExpect: 100-continue\r\nContent-Length: 10\r\nConnection: close\r\n\r\n",
    b"DELETE /v1/exceptions/a%20b HTTP/1.1\r\nhost:h\r\nConnection: keep-alive\r\nX: \t1 \r\n\r\n",
    b"OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: https://h\r\nTransfer-Encoding: chunked\r\n\r\n",
]
PIECES = [b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b";", b",", b"=", b"\"", b"\\", b"\x7f", b"\x80", b"\xff", b"\x01", b"0", b"9", b"a", b"g", b"-", b"+",
          b"Content-Length: 1\r\n", b"Content-Length: 0\r\n", b"Content-Length : 3\r\n", b"content-length:\t3\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
          b"Transfer-Encoding:\x0bchunked\r\n", b"Connection: close\r\n", b"Connection: keep-alive, close\r\n", b"Connection: Upgrade\r\nUpgrade: x\r\n", b" folded\r\n", b"X\r\n", b"X Y: 1\r\n",
          b"0\r\n\r\n", b"1a \r\n", b"0x1\r\n", b"HTTP/1.9", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 204 x\r\n", b"HTTP/1.1 304 x\r\n", b"HTTP/1.1 101 x\r\n",
          b"GET / HTTP/1.1\r\n", b"Host: h\r\n", b"Trailer: 1\r\n", b"99999999999999999999"]


def systematic(seeds):
    """Yields messages with each piece at the beginning of each line, at its end, within its line end and around its colons."""
    for data in seeds:
        places = {at + d for at in range(len(data)) for d in (0, 1, 2) if data[at:at + 2] == b"\r\n"}
        places |= {at + d for at in range(len(data)) for d in (0, 1) if data[at:at + 1] == b":"}
        for at in sorted(places):
            for piece in PIECES: yield data[:at] + piece + data[at:]


def mutate(seeds, rnd):
    data = bytearray(rnd.choice(seeds))
    for _ in range(rnd.choice((0, 1, 1, 1, 2, 2, 3, 5))):
        at, kind = rnd.randrange(len(data) + 1), rnd.randrange(8)
        if rnd.randrange(2):                            # parsers differ most at the ends of lines
            found = data.find(b"\r\n", at)
            if found >= 0: at = found + rnd.choice((0, 0, 1, 2, 2))
        if kind < 3: data[at:at] = rnd.choice(PIECES)
        elif kind == 3: data[at:at + rnd.randrange(1, 5)] = rnd.choice(PIECES)
        elif kind == 4: del data[at:at + rnd.randrange(1, 9)]
        elif kind == 5: data[at:at] = data[at:at + rnd.randrange(1, 40)]
        elif kind == 6 and at < len(data): data[at] = rnd.randrange(256)
        else:
            other = rnd.choice(seeds)
            data += other[rnd.randrange(len(other)):] if rnd.randrange(4) else b""
    return bytes(data)


# ---------------------------------------------------------------- llhttp
class Reading:
    """One message as llhttp reads it. Interim responses are left out, except for their effect on the connection."""

    def __init__(self, response):
        self.parser = (httptools.HttpResponseParser if response else httptools.HttpRequestParser)(self)
        self.response, self.done, self.keep, self.more, self.closed_early, self.error = response, False, True, False, False, None
        self.start()

    def start(self):
        self.fields, self.body, self.url, self.in_head, self.status = [], [], b"", True, 0

    def on_message_begin(self):
        if self.done: self.more = True
        else: self.start()

    def on_url(self, url):
        if not self.done: self.url += url

    def on_header(self, name, value):
        if self.in_head and not self.done: self.fields.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self):
        if self.done: return
        self.in_head = False
        if self.response:
            self.status = self.parser.get_status_code()
        else:
            self.keep, self.method, self.done = self.parser.should_keep_alive(), self.parser.get_method(), True

    def on_body(self, body):
        if not self.done: self.body.append(body)

    def on_message_complete(self):
        if self.done: return
        kept = self.parser.should_keep_alive()
        self.keep = self.keep and kept
        if self.status >= 200 or self.status == 101: self.done = True
        elif not kept: self.closed_early = True

    def read(self, data):
        try: self.parser.feed_data(data)
        except httptools.HttpParserUpgrade: self.more = True
        except httptools.HttpParserError as e: self.error = e
        if self.error and self.done: self.more = True
        # The end of the connection ends a response without a length; httptools has no call for it.
        if self.response and not self.error and not self.done and not self.in_head and self.status >= 200 and not self.framed():
            self.done, self.keep = True, False
        return self

    def framed(self): return any(name in (b"content-length", b"transfer-encoding") for name, _ in self.fields)

    def lines(self): return b"".join(b"%s:%s\n" % field for field in self.fields)


# ---------------------------------------------------------------- the comparison
def compare_response(data, ours):
    """Returns (class of the outcome, None or what is wrong)."""
    outcome, _, rest = ours.partition(b"\n")
    word, _, detail = outcome.decode().partition(" ")
    theirs = Reading(True).read(data)
    if word == "incomplete": return "both incomplete", "we miss the end" if theirs.done else None
    if word == "refused":
        if not theirs.done: return "refused by both" if theirs.error else "refused before its end", None
        return "refused by us: " + detail, None if detail in STRICTER_RESPONSES else "refused for a reason that is not listed"
    keep = detail == "1"
    status = int(rest[:3])
    # RFC 9110 section 15.2 has the client read on after any 1xx; llhttp stops after one that closes. Then we must not keep.
    if theirs.closed_early: return "read on after a 1xx that closes", "kept" if keep else None
    # RFC 9112 section 6.3: 1xx, 204 and 304 have no body; llhttp reads one where a length is declared. Only a 304 may
    # declare one (RFC 9110 section 8.6), so that only its connection may be kept.
    if status in (204, 304) and declares(rest): return "%d with a length" % status, "kept" if keep and status == 204 else None
    if not keep and interim_declares(data): return "1xx with a length", None
    if not theirs.done: return "accepted by us alone", "llhttp: %s" % (theirs.error or "incomplete")
    if keep and (not theirs.keep or theirs.more): return "kept by us alone", "kept"
    canonical = b"%d\n%s\n%s" % (theirs.status, theirs.lines(), b"".join(theirs.body))
    return "accepted by both", None if canonical == rest else "read differently: %r" % canonical


def declares(rest):
    """Returns whether the fields announce a body."""
    fields = dict(line.partition(b":")[::2] for line in rest.partition(b"\n\n")[0].split(b"\n")[1:])
    return b"transfer-encoding" in fields or fields.get(b"content-length", b"0").strip(b"0") != b""


def interim_declares(data):
    """Returns whether a 1xx before the response has a length."""
    while data.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
        head, _, data = data.partition(b"\r\n\r\n")
        if b"\r\ncontent-length:" in head.lower() or b"\r\ntransfer-encoding:" in head.lower(): return True
    return False


def compare_request(data, ours):
    outcome, _, rest = ours.partition(b"\n")
    word, _, detail = outcome.decode().partition(" ")
    theirs = Reading(False).read(data)
    if word == "incomplete": return "both incomplete", "we miss the end" if theirs.done else None
    if word == "refused":
        if not theirs.done: return "refused by both" if theirs.error else "refused before its end", None
        return "refused by us: " + detail, None if detail in STRICTER_REQUESTS else "refused for a reason that is not listed"
    # llhttp has a list of methods; ours is the table of routes, which answers 405 to any other.
    if isinstance(theirs.error, httptools.HttpParserInvalidMethodError) and not theirs.done: return "method that llhttp doesn't know", None
    if not theirs.done: return "accepted by us alone", "llhttp: %s" % (theirs.error or "incomplete")
    keep, length = detail.split()
    if keep == "1" and not theirs.keep: return "kept by us alone", "kept"
    declared = dict(theirs.fields).get(b"content-length", b"0")
    canonical = b"%s %s\n%s" % (theirs.method, theirs.url, theirs.lines())
    return "accepted by both", None if canonical == rest and int(declared) == int(length) else "read differently: %r" % canonical


def run_batch(job):
    kind, seed, count = job
    seeds, compare = (RESPONSES, compare_response) if kind == b"R" else (REQUESTS, compare_request)
    rnd = random.Random(seed)
    cases = list(systematic(seeds)) if count == 0 else [mutate(seeds, rnd) for _ in range(count)]
    answers = subprocess.run([DRIVER], input=b"".join(kind + struct.pack(">I", len(c)) + c for c in cases), stdout=subprocess.PIPE, check=True).stdout
    classes, wrong, at = collections.Counter(), [], 0
    for case in cases:
        length, = struct.unpack_from(">I", answers, at)
        name, problem = compare(case, answers[at + 4:at + 4 + length])
        at += 4 + length
        classes[name] += 1
        if problem: wrong.append((case, name, problem))
    return kind, classes, wrong


def main():
    count = 1000000 if "--full" in sys.argv else 6000
    seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 1
    jobs = [(kind, seed * 1000003 + start, min(BATCH, count - start)) for kind in (b"R", b"Q") for start in range(0, count, BATCH)]
    jobs += [(b"R", 0, 0), (b"Q", 0, 0)]                # count 0: the systematic messages
    passed = failed = 0
    classes = {b"R": collections.Counter(), b"Q": collections.Counter()}
    with concurrent.futures.ProcessPoolExecutor(2) as processes:
        for kind, counted, wrong in processes.map(run_batch, jobs):
            classes[kind] += counted
            passed, failed = passed + sum(counted.values()) - len(wrong), failed + len(wrong)
            for case, name, problem in wrong[:5]: print("FAILED %s: %s: %r" % (name, problem[:300], case))
    for kind, title in (b"R", "responses"), (b"Q", "requests"):
        print(title)
        for name, n in classes[kind].most_common(): print("  %8d  %s" % (n, name))
        # A comparison in which nothing is accepted, or nothing refused, means nothing.
        for name in "accepted by both", "refused by both":
            if classes[kind][name] < count / 20: failed += 1; print("FAILED too few %s are %s" % (title, name))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__": sys.exit(main())
