"""Reads an OpenAPI document operation by operation, and compares answers with it."""
import re

from world import Skipped, Wrong

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Operation:
    def __init__(self, document, path, method, row):
        self.document, self.path, self.method, self.row = document, path, method.upper(), row
        self.id, self.role = row["operationId"], row["x-role"]
        self.query = {p["name"]: p for p in row["parameters"] if p["in"] == "query"}
        self.in_path = {p["name"]: p for p in row["parameters"] if p["in"] == "path"}
        self.headers = {p["name"] for p in row["parameters"] if p["in"] == "header"}
        content = row.get("requestBody", {}).get("content", {})
        self.body = content.get("application/json", {}).get("schema")
        self.responses = {int(status): document.resolve(response) for status, response in row["responses"].items()}
        self.success = [status for status in self.responses if status < 400]

    @property
    def is_public(self):
        return self.role == "public"

    @property
    def writes(self):
        return self.method != "GET"

    @property
    def keys(self):
        """Returns the members of the body, {name: schema}; none when any member is allowed."""
        return (self.body or {}).get("properties", {})

    @property
    def takes_anything(self):
        return self.body == {}

    def target(self, ids=None, query=""):
        path = re.sub(r"\{(\w+)\}", lambda name: (ids or {})[name[1]], self.path)
        return path + ("?" + query if query else "")

    def allows(self, role):
        """Returns whether a role may call the operation, by x-role as the document's description explains it."""
        order = ("viewer", "responder", "admin")
        if self.is_public:
            return True
        if self.role == "ingest":
            return role in ("ingest", "responder", "admin")
        return role in order and order.index(role) >= order.index(self.role)

    def least_role(self):
        return self.role

    def check(self, answer):
        """Checks that the status and the type are documented, and that the body fits its schema."""
        response = self.responses.get(answer.status)
        if response is None:
            raise Wrong("%s: the status is not documented: %s" % (self.id, answer))
        if answer.type not in response["content"]:
            raise Wrong("%s: the type %s is not documented for %d" % (self.id, answer.type, answer.status))
        if answer.type == "application/json":
            self.document.fits(answer.json, response["content"][answer.type]["schema"], "%s %d" % (self.id, answer.status))


class Document:
    def __init__(self, document):
        self.document = document
        try:
            import jsonschema
            self.validator = jsonschema.Draft202012Validator
        except ImportError:
            self.validator = None
        self.operations = [Operation(self, path, method, row) for path, item in document["paths"].items() for method, row in item.items() if method in METHODS]
        self.by_id = {operation.id: operation for operation in self.operations}

    def resolve(self, value):
        while "$ref" in value:
            reference, value = value["$ref"], self.document
            for part in reference.removeprefix("#/").split("/"):
                value = value[part.replace("~1", "/").replace("~0", "~")]
        return value

    def validate(self):
        try:
            import openapi_spec_validator
        except ImportError:
            raise Skipped("openapi-spec-validator is not installed: the document is not judged as a whole") from None
        openapi_spec_validator.OpenAPIV31SpecValidator(self.document).validate()
        if len(self.by_id) != len(self.operations):
            raise Wrong("two operations have one id")

    def judges_answers(self):
        if self.validator is None:
            raise Skipped("jsonschema is not installed: of answers only status, type and keys are judged")

    def fits(self, value, schema, where):
        whole = {**schema, "components": self.document["components"]}
        for problem in self.validator(whole).iter_errors(value) if self.validator else ():
            raise Wrong("%s: %s at /%s" % (where, problem.message[:300], "/".join(map(str, problem.absolute_path))))
        unknown = self.undocumented(value, self.resolve(schema), "")
        if unknown:
            raise Wrong("%s: the answer has what the document has not: %s" % (where, ", ".join(unknown)))

    def undocumented(self, value, schema, place):
        """Yields keys that the schema's list of properties lacks."""
        found, properties = [], schema.get("properties")
        if isinstance(value, dict) and properties is not None:
            for key, inner in value.items():
                if key in properties:
                    found += self.undocumented(inner, self.resolve(properties[key]), place + "/" + key)
                else:
                    found.append(place + "/" + key)
        if isinstance(value, list) and "items" in schema:
            for inner in value:
                found += self.undocumented(inner, self.resolve(schema["items"]), place + "/*")
        return sorted(set(found))
