"""Calls every operation correctly: the answer must be one of the document's. Each role is allowed or refused as x-role says.
Unknown, missing and malformed parameters are refused."""
import time

from api_world import BLOCK, ROLES, exception
from serving import block_removed, wait_until
from world import Wrong, state_differences


def now(seconds=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class Things:
    """Finds ids of existing things when they are wanted."""

    def __init__(self, api):
        self.api = api

    def change(self, state="verified"):
        changes = self.api.expect(200, "GET", "/api/v1/changes?kind=remedy&state=%s" % state)["changes"]
        if not changes:
            raise Wrong("there is no change that is %s" % state)
        return changes[0]["id"]

    def waiting(self):
        return self.api.expect(200, "GET", "/api/v1/approvals")["approvals"][-1]["id"]

    def answered(self):
        return next(a["id"] for a in self.api.expect(200, "GET", "/api/v1/approvals?all=true")["approvals"] if a["state"] == "denied")

    def run(self):
        return self.api.finished()[0]["id"]

    def undone(self):
        return self.change("rolled_back")

    def rollback_run(self):
        return self.api.finished("rollback")[0]["id"]

    def added(self):
        return self.api.expect(200, "POST", "/api/v1/exceptions", body=exception(self.api.active[7]))["exception"]["id"]

    def ended(self):
        return next(e["id"] for e in self.api.expect(200, "GET", "/api/v1/exceptions?state=ended")["exceptions"])

    def account(self):
        return self.api.active[4]

    def paused(self):
        self.api.expect(200, "POST", "/api/v1/pauses", body={"account": self.api.active[8]})
        return self.api.active[8]


def valid_calls(things):
    """Returns {operation: [(ids, query, body)…]}. Each entry is a function, which is called when its turn has come."""
    account = things.account()
    none = [lambda: ({}, "", None)]
    return {
        "getHealth": none, "getReadiness": none, "getMetrics": none, "getOpenapi": none,
        "getStatus": none + [lambda: ({}, "findings=true", None)],
        "listAccounts": none + [lambda: ({}, "state=ACTIVE&in_scope=true&limit=2", None), lambda: ({}, "in_scope=false", None)],
        "getAccount": [lambda: ({"id": account}, "", None)],
        "listCells": none + [lambda: ({}, "account=%s&region=global&baseline=%s&status=remediated&limit=1" % (account, BLOCK), None)],
        "listFindings": none + [lambda: ({}, "account=%s&region=global&baseline=%s&severity=high&limit=1" % (account, BLOCK), None),
                                lambda: ({}, "status=awaiting_approval", None)],
        "exportFindings": none + [lambda: ({}, "account=%s&limit=1" % account, None)],
        "listChanges": none + [lambda: ({}, "account=%s&state=verified&kind=remedy&since=2026-01-01T00:00:00Z&limit=1" % account, None),
                               lambda: ({}, "run=%s&full=true" % things.run(), None), lambda: ({}, "full=true&limit=3", None)],
        "getChange": [lambda: ({"id": things.change()}, "", None)],
        "rollbackChange": [lambda: ({"id": things.change()}, "", {"reason": "a test", "force": False}), lambda: ({"id": things.change()}, "", None)],
        "rollbackAccounts": [lambda: ({}, "", {"accounts": [account], "since": now(-3600), "reason": "a test"})],
        "listRuns": none + [lambda: ({}, "limit=1", None)],
        "getRun": [lambda: ({"id": things.run()}, "", None)],
        "rollbackRun": [lambda: ({"id": things.run()}, "", {"accounts": [things.api.active[9], things.api.active[3]], "force": True})],
        "listApprovals": none + [lambda: ({}, "all=true&limit=1", None)],
        "getApproval": [lambda: ({"id": things.answered()}, "", None)],
        "approveRequest": [lambda: ({"id": things.waiting()}, "", {"note": "well"})],
        "denyRequest": [lambda: ({"id": things.waiting()}, "", None)],
        "listExceptions": none + [lambda: ({}, "state=in_force&limit=1", None)],
        "addException": [lambda: ({}, "", exception(account)),
                         lambda: ({}, "", {**exception("*"), "ou": "Sandbox", "region": "*", "resource": "arn:*", "ticket": "T-1"})],
        "endException": [lambda: ({"id": things.added()}, "", None)],
        "listPauses": none,
        "pause": [lambda: ({}, "", {"account": account, "reason": "a test"}), lambda: ({}, "", {"baseline": BLOCK}), lambda: ({}, "", None)],
        "recordPauses": none,
        "resume": [lambda: ({}, "", {"account": things.paused(), "reason": "a test"}), lambda: ({}, "", {"baseline": BLOCK}), lambda: ({}, "", {})],
        "sweepNow": none,
        "listSignals": none + [lambda: ({}, "account=%s&source=cloudtrail&outcome=remediated&limit=1" % account, None)],
        "putSignals": [lambda: ({}, "", block_removed(things.api.active[3])), lambda: ({}, "", {"source": "something.else", "detail-type": "x", "detail": {}})],
    }


def is_well(api, operation, calls):
    role = operation.role if operation.role != "public" else None
    for call in calls:
        ids, query, body = call()
        answer = api.ask(operation.method, operation.target(ids, query), who=role, body=body)
        if answer.status not in operation.success:
            raise Wrong("%s: %s" % (operation.target(ids, query), answer))
        operation.check(answer)
        if answer.headers.get("Cache-Control") != "no-store" or answer.headers.get("X-Content-Type-Options") != "nosniff":
            raise Wrong("it may be cached, or taken for something else: %s" % answer.headers)


def pages_join(api, operation):
    """The pages together are the same list as one large page."""
    name = next(key for key in operation.responses[200]["content"]["application/json"]["schema"]["required"] if key != "next")
    whole = api.expect(200, "GET", operation.target(query="limit=1000"))
    pieces, after = [], ""
    while True:
        page = api.expect(200, "GET", operation.target(query="limit=3" + ("&after=" + after if after else "")))
        pieces += page[name]
        after = page["next"]
        if not after:
            break
    if pieces != whole[name] or whole["next"] is not None:
        raise Wrong("%d in pages, %d at once" % (len(pieces), len(whole[name])))


def some_ids(operation):
    """Returns ids of the right form that don't exist."""
    forms = {"accounts": "999999999999", "changes": "c-" + "0" * 16, "runs": "20260101T000000.000Z-00000000", "approvals": "a-" + "0" * 12, "exceptions": "x-" + "0" * 16}
    return {name: forms[operation.path.split("/")[3]] for name in operation.in_path}


# --- roles ---

def roles_are_kept(api, operation):
    """Sends an unknown query parameter, so that nothing is done. Only roles that may call the operation learn that it is unknown."""
    for role in ROLES:
        answer = api.ask(operation.method, operation.target(some_ids(operation), "unknown=1"), who=role)
        operation.check(answer)
        wanted = (400, "UnknownName") if operation.allows(role) else (403, "RoleTooLow")
        if (answer.status, answer.code) != wanted:
            raise Wrong("%s as %s: %s, not %s" % (operation.id, role, answer, wanted))


# --- forms ---

def wrong_values(schema):
    """Yields JSON values that the schema refuses."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    others = {"string": "text", "integer": 3, "number": 2.5, "boolean": True, "array": ["a"], "object": {"a": 1}, "null": None}
    wrong = [value for kind, value in others.items() if kind not in types and not (kind == "integer" and "number" in types)] if types else []
    if "enum" in schema:
        wrong.append("none of these")
    if "string" in types:
        wrong += ["a" * (schema.get("maxLength", 8192) + 1), "a\x00b"] + ([""] if schema.get("minLength") else [])
    if "integer" in types:
        wrong += [schema[key] + step for key, step in (("minimum", -1), ("maximum", 1)) if key in schema]
    if "array" in types:
        wrong += [[]] * bool(schema.get("minItems")) + [["a"] * (schema.get("maxItems", 1000) + 1)]
        wrong += [[value] for value in wrong_values(schema.get("items", {}))[:5]]
    return wrong


def wrong_texts(schema):
    """Yields texts for the query that the schema refuses."""
    kind = schema.get("type", "string")
    texts = {"integer": ["", "x", "1.5", "1e3", "+1", "%201", "0x10", "99999999999999999999"], "boolean": ["", "yes", "1", "True"]}.get(kind, [])
    if kind == "integer":
        texts += [str(schema[key] + step) for key, step in (("minimum", -1), ("maximum", 1)) if key in schema]
    if kind == "string":
        texts += ["a" * (schema.get("maxLength", 2048) + 1), "%00", "%ff", "%zz"] + ([""] if schema.get("minLength") else [])
        texts += ["none-of-these"] if "enum" in schema else []
    return texts


def expect_400(api, operation, query, body, what):
    answer = api.ask(operation.method, operation.target(some_ids(operation), query), who="admin", body=body)
    operation.check(answer)
    if answer.status != 400:
        raise Wrong("%s with %s: %s" % (operation.id, what, answer))


def forms_are_checked(api, operation):
    names = ["unknown=1", "%s=1" % "x" * 30] + ["%s=1&%s=1" % (name, name) for name in operation.query] + [name.upper() + "=1" for name in operation.query]
    for query in names:
        expect_400(api, operation, query, None, query)
    for name, parameter in operation.query.items():
        for text in wrong_texts(parameter["schema"]):
            expect_400(api, operation, "%s=%s" % (name, text), None, "%s=%.40s" % (name, text))
    if operation.body is None:
        expect_400(api, operation, "", {}, "a body")
        return
    for text in (b"{", b"[1,]", b"{} {}", b"\xff", b'{"a": 1, "a": 1}', b"[" * 5000, b'"\\ud800"', b"\xef\xbb\xbf{}", b"nul"):
        expect_400(api, operation, "", text, text[:20])
    if operation.takes_anything:
        return
    for value in ([], "text", 7, b"null", True):
        expect_400(api, operation, "", value, value)
    whole = {name: good_value(schema) for name, schema in operation.keys.items()}
    for name in operation.keys:
        expect_400(api, operation, "", {**whole, name.upper(): 1}, "the unknown key %s" % name.upper())
        for value in wrong_values(operation.keys[name]):
            expect_400(api, operation, "", {**whole, name: value}, "%s: %.60r" % (name, value))
    for name in operation.body.get("required", []):
        expect_400(api, operation, "", {key: value for key, value in whole.items() if key != name}, "no %s" % name)


def good_value(schema):
    kind = schema.get("type", "string")
    if schema.get("format") == "date-time":
        return now()
    return {"boolean": False, "integer": schema.get("minimum", 1), "array": ["999999999999"]}.get(kind, "a" * max(1, schema.get("minLength", 1)))


def ids_are_checked(api, operation):
    for text in ("x", "C-" + "0" * 16, "%20", "a" * 300, "..%2f", "%2e%2e", "%00", "%ff", "a%0d%0ab", "c-" + "0" * 15 + "%0a"):
        answer = api.ask(operation.method, operation.target({name: text for name in operation.in_path}), who="admin")
        operation.check(answer)
        if answer.status != 400:
            raise Wrong("%s of %s: %s" % (operation.id, text, answer))


# --- nothing is changed by GET ---

def reads_change_nothing(api, document, calls):
    def standing():
        return (api.must(0, "audit", "verify", "--json").doc["entries"], api.get("/api/v1/changes?full=true&limit=1000"), api.get("/api/v1/pauses"),
                api.get("/api/v1/approvals?all=true&limit=1000"), api.get("/api/v1/runs?limit=1000"), api.sim_state())

    # The last entries are on disk a moment after their answers.
    wait_until("the audit log is at rest", lambda: standing()[0] == (time.sleep(0.5), standing()[0])[1])
    before = standing()
    for operation in document.operations:
        for call in calls[operation.id] if not operation.writes else ():
            ids, query, _ = call()
            for role in ("viewer", "admin"):
                api.ask("GET", operation.target(ids, query), who=role, headers={"Idempotency-Key": "of-a-get", "X-HTTP-Method-Override": "DELETE"})
    for name, was, is_now in zip(("audit entries", "changes", "pauses", "approvals", "runs", "AWS"), before, standing()):
        if was != is_now:
            raise Wrong("a GET has left a trace in the %s: %.300r" % (name, state_differences(was, is_now)))


# --- all of them ---

def cases(api, document):
    things = Things(api)
    calls = valid_calls(things)
    yield "every operation has a call here", every_operation_has_a_call, document, calls
    for operation in document.operations:
        if not operation.is_public:
            yield "%s: roles" % operation.id, roles_are_kept, api, operation
        yield "%s: forms" % operation.id, forms_are_checked, api, operation
        if operation.in_path:
            yield "%s: ids" % operation.id, ids_are_checked, api, operation
        if "after" in operation.query:
            yield "%s: pages" % operation.id, pages_join, api, operation
    yield "nothing is changed by GET", reads_change_nothing, api, document, calls
    # Calls that change something come last, and in this order, since a change must be made before it is rolled back.
    order = sorted(document.operations, key=lambda operation: (operation.writes, operation.id in ("pause", "resume"), operation.id == "resume"))
    for operation in order:
        if operation.id in calls:
            yield "%s: called as it is meant to be" % operation.id, is_well, api, operation, calls[operation.id]
    yield "the sweep that was asked for ends", swept, api


def every_operation_has_a_call(document, calls):
    if set(calls) != set(document.by_id):
        raise Wrong("without one: %s; of no operation: %s" % (sorted(set(document.by_id) - set(calls)), sorted(set(calls) - set(document.by_id))))


def swept(api):
    wait_until("no sweep is under way", lambda: api.get("/api/v1/status")["daemon"]["sweep"] is None, 60)
