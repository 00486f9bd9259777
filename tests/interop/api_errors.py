"""Provokes every documented error of every operation, except for faults of the server (500, 503), and tests methods, the keys
that make a request safe to repeat, and limits."""
import http.client
import threading

from api_calls import Things, some_ids
from api_document import METHODS
from api_world import BLOCK, Answer
from world import Wrong

FAULTS = (500, 503)


def by_status(api, operation, things):
    """Returns {status: a function that provokes it}."""
    target, empty = operation.target(some_ids(operation)), {} if operation.body is not None else None
    wrong = {"headers": {"Authorization": "Bearer wrong"}, "source": "127.0.7.1"}

    def ask(path=target, who="admin", **more):
        return api.ask(operation.method, path, who=who, **more)

    def conflict():
        """Provokes the operation's own conflict where it has one, or else that of two requests at once."""
        ids = {"approveRequest": things.answered, "denyRequest": things.answered, "endException": things.ended, "rollbackChange": things.undone,
               "rollbackRun": things.rollback_run}.get(operation.id)
        if operation.id == "rollbackAccounts":
            return ask(body=whole_body(operation))
        return ask(operation.target({"id": ids()}), body=empty) if ids else twice_at_once(api, operation)

    return {
        400: lambda: ask(operation.target(some_ids(operation), "unknown=1")),
        401: lambda: (ask(who=None), ask(**{**wrong, "who": None}))[-1],
        403: lambda: ask(headers={"Sec-Fetch-Site": "cross-site"}),
        404: lambda: ask(body={"account": "888888888888"} if operation.id == "resume" else empty),
        408: lambda: slow(api, operation),
        409: conflict,
        411: lambda: ask(headers={"Transfer-Encoding": "chunked"}),
        413: lambda: ask(length=2000000000),
        414: lambda: ask(operation.target(some_ids(operation), "a=" + "b" * 8000)),
        415: lambda: ask(body=b"{}", headers={"Content-Type": "text/plain"}),
        417: lambda: ask(headers={"Expect": "the-unexpected"}),
        421: lambda: ask(headers={"Host": "other.example.com"}),
        422: lambda: reused(api, operation, target, empty),
        429: lambda: too_many(api, operation, target),
        431: lambda: ask(headers={"X-Long": "a" * 20000}),
    }


def reused(api, operation, target, body):
    """Sends the key of another request of the same person."""
    key = {"Idempotency-Key": "of-another-request"}
    api.ask("POST", "/api/v1/pauses/record", headers=key)
    return api.ask(operation.method, target + ("?" if operation.id == "recordPauses" else ""), body=whole_body(operation) or body, headers=key)


def whole_body(operation):
    """Returns a body with the required members, so that the request is refused only for the tested reason."""
    return {"addException": {"baseline": BLOCK, "reason": "r", "owner": "o", "expires": "2099-01-01"},
            "rollbackAccounts": {"accounts": ["999999999999"], "since": "2026-01-01T00:00:00Z"}, "putSignals": []}.get(operation.id)


def twice_at_once(api, operation):
    """Sends the same request with the same key several times, until one arrives while another is under way."""
    fields = {"Host": "127.0.0.1:%d" % api.port, "Authorization": "Bearer token-of-admin", "Content-Type": "application/json"}
    body = {"pause": b'{"account": "999999999999"}', "resume": b'{"account": "999999999999"}',
            "addException": b'{"account": "999999999999", "baseline": "%s", "reason": "r", "owner": "o", "expires": "2099-01-01"}' % BLOCK.encode(),
            "putSignals": b'{"source": "a", "detail-type": "b", "detail": {}}'}
    text = body.get(operation.id, b"{}" if operation.body is not None else b"")
    for attempt in range(50):
        sent, answers = [], []
        for _ in range(6):
            connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=60)
            connection.connect()
            sent.append(connection)
        for connection in sent:
            connection.request(operation.method, operation.target(some_ids(operation)), text, {**fields, "Idempotency-Key": "%s-%d" % (operation.id, attempt)})
        for connection in sent:
            got = connection.getresponse()
            answers.append(Answer(operation.method, got))
            connection.close()
        for answer in answers:
            if answer.status == 409:
                return answer
    raise Wrong("%s: of some at once none was told to wait: %s" % (operation.id, answers[0]))


_slow = {}


def slow(api, operation):
    """Sends half a request to every operation at the same time, since the answer takes ten seconds."""
    if not _slow:
        def wait(number, one):
            connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=60, source_address=("127.0.8.%d" % (1 + number), 0))
            connection.connect()
            connection.sock.sendall(("%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % (one.method, one.target(some_ids(one)), api.port)).encode())
            got = http.client.HTTPResponse(connection.sock, method=one.method)
            got.begin()
            _slow[one.id] = Answer(one.method, got)
            connection.close()

        threads = [threading.Thread(target=wait, args=item) for item in enumerate(operation.document.operations)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return _slow[operation.id]


def too_many(api, operation, target):
    """Sends wrong tokens from one address, until a right one is refused there, too."""
    for _ in range(40):
        answer = api.ask(operation.method, target, headers={"Authorization": "Bearer guess"}, source="127.0.7.2")
        if answer.status == 429:
            break
    return api.ask(operation.method, target, source="127.0.7.2")


def provoke(operation, status, provoked):
    if status not in provoked:
        raise Wrong("this test has no way to provoke %d" % status)
    answer = provoked[status]()
    if answer.status != status:
        raise Wrong("%s: %s, not %d" % (operation.id, answer, status))
    operation.check(answer)
    if not answer.code or not answer.json["error"]["message"]:
        raise Wrong("%s: the answer doesn't say why: %s" % (operation.id, answer))
    if status == 429 and not 1 <= int(answer.headers.get("Retry-After", "0")) <= 600:
        raise Wrong("%s: the answer doesn't say when to try again" % operation.id)
    if status == 401 and "Bearer" not in answer.headers.get("WWW-Authenticate", ""):
        raise Wrong("%s: the answer doesn't say how to authenticate" % operation.id)


# --- across operations ---

def other_methods(api, document):
    for path, item in document.document["paths"].items():
        operation = next(operation for operation in document.operations if operation.path == path)
        target = operation.target(some_ids(operation))
        for method in METHODS:
            if method in item:
                continue
            answer = api.ask(method.upper(), target)
            allowed = {name.strip() for name in answer.headers.get("Allow", "").split(",")}
            if answer.status != 405 or allowed != {name.upper() for name in item} or (answer.code or "NoSuchMethod") != "NoSuchMethod":
                raise Wrong("%s %s: %s, Allow: %s" % (method, path, answer, allowed))
            if api.ask(method.upper(), target, who=None).status != 401:
                raise Wrong("a caller without a token learns which methods %s has" % path)


def no_such_path(api, document):
    for path in ("/", "/api", "/api/v1", "/api/v1/", "/api/v1/status/", "/api/v2/status", "/API/v1/status", "/api/v1/changes/a/b", "/api/v1/status;a=b"):
        answer = api.ask("GET", path)
        if (answer.status, answer.code) != (404, "NoSuchPath") or api.ask("GET", path, who=None).status != 401:
            raise Wrong("%s: %s" % (path, answer))


def repeated(api, document):
    """A request with the same key gets the same answer and is carried out once. The document says which operations take keys."""
    for operation in document.operations:
        if ("Idempotency-Key" in operation.headers) != operation.writes:
            raise Wrong("%s: the header Idempotency-Key is documented although it has no effect, or has an effect that is not documented" % operation.id)
    body, key = {"account": api.active[5], "reason": "once"}, {"Idempotency-Key": "once"}
    first, second = (api.ask("POST", "/api/v1/pauses", body=body, headers=key) for _ in range(2))
    if first.body != second.body or second.headers.get("Idempotency-Replayed") != "true" or first.headers.get("Idempotency-Replayed"):
        raise Wrong("%s, then %s" % (first, second))
    # The same key from another person is another key, and a malformed key is refused.
    if api.ask("POST", "/api/v1/pauses", who="responder", body=body, headers=key).headers.get("Idempotency-Replayed"):
        raise Wrong("one person was given the answer of another")
    for bad in ("", "a b", "a" * 65, "\xfc"):
        answer = api.ask("POST", "/api/v1/pauses", body=body, headers={"Idempotency-Key": bad})
        document.by_id["pause"].check(answer)
        if answer.status != 400:
            raise Wrong("the key %r: %s" % (bad, answer))
    api.expect(200, "POST", "/api/v1/resume", body={"account": api.active[5]})


def force_is_for_admins(api, document):
    operation = document.by_id["rollbackChange"]
    for role, wanted in (("responder", 403), ("admin", 404)):
        answer = api.ask("POST", operation.target(some_ids(operation)), who=role, body={"force": True})
        operation.check(answer)
        if answer.status != wanted:
            raise Wrong("as %s: %s" % (role, answer))


def cases(api, document):
    things = Things(api)
    for operation in document.operations:
        provoked = by_status(api, operation, things)
        for status in sorted(set(operation.responses) - set(operation.success) - set(FAULTS)):
            yield "%s: %d" % (operation.id, status), provoke, operation, status, provoked
    for case in (other_methods, no_such_path, repeated, force_is_for_admins):
        yield case.__name__, case, api, document
