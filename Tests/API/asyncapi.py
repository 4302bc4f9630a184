"""Webhooks/asyncapi.yaml: its form, as far as it uses AsyncAPI 3.0, its references, its examples, and what a gateway sends.

Nothing that Debian or PyPI has brings the JSON Schema of AsyncAPI 3.0, so that the members that its specification names for each object stand
here.
"""
import json
import pathlib

import jsonschema
import yaml

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Webhooks"

# The members of each kind of object in the description: those that AsyncAPI 3.0.0 requires, and all that it allows.
OBJECTS = {
    "document": ("asyncapi info", "asyncapi id info servers defaultContentType channels operations components"),
    "info": ("title version", "title version description termsOfService contact license tags externalDocs"),
    "server": (
        "host protocol",
        "host protocol protocolVersion pathname description title summary variables security tags externalDocs bindings"),
    "channel": ("", "address messages title summary description servers parameters tags externalDocs bindings"),
    "operation": (
        "action channel",
        "action channel title summary description security tags externalDocs bindings traits messages reply"),
    "message": (
        "", "headers payload correlationId contentType name title summary description tags externalDocs bindings examples traits"),
    "example": ("payload", "headers payload name summary"),
    "components": (
        "", "schemas servers channels operations messages securitySchemes serverVariables parameters correlationIds replies replyAddresses "
        "externalDocs tags operationTraits messageTraits serverBindings channelBindings operationBindings messageBindings"),
}


class AsyncDescription:
    def __init__(self):
        self.document = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text())
        self.seen = set()

    def follow(self, node):
        """What a reference leads to; the object itself if it is none."""
        while isinstance(node, dict) and "$ref" in node:
            found = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            node = found
        return node

    def validator(self, schema):
        """A validator whose references lead into the document."""
        whole = {**schema, "components": self.document["components"]}
        jsonschema.Draft7Validator.check_schema(whole)
        return jsonschema.Draft7Validator(whole, format_checker=jsonschema.FormatChecker())

    def messages(self):
        return {name: self.follow(message) for name, message in self.document["components"]["messages"].items()}

    def form(self):
        """The problems of the description itself."""
        document = self.document
        if document["asyncapi"] != "3.0.0":
            yield f"asyncapi.yaml is of version {document['asyncapi']}"
        yield from self.members("document", "the document", document)
        yield from self.members("info", "info", document["info"])
        yield from self.members("components", "components", document["components"])
        for kind in ["server", "channel", "operation"]:
            for name, node in document[f"{kind}s"].items():
                yield from self.members(kind, f"{kind}s.{name}", node)
        yield from self.references(document)
        for name, channel in document["channels"].items():
            for message in channel["messages"]:
                if message not in document["components"]["messages"]:
                    yield f"channels.{name} has the message {message}, which components do not have"
        for name, operation in document["operations"].items():
            if operation["action"] not in ("send", "receive"):
                yield f"operations.{name} has the action {operation['action']}"
            own = {f"{operation['channel']['$ref']}/messages/{message}" for message in self.follow(operation["channel"])["messages"]}
            named = {message["$ref"] for message in operation["messages"]}
            if named != own:
                yield f"operations.{name} and its channel have other messages: {sorted(named ^ own)}"
        yield from self.examples()

    def members(self, kind, name, node):
        required, allowed = (set(words.split()) for words in OBJECTS[kind])
        for member in sorted(required - set(node)):
            yield f"asyncapi.yaml: {name} lacks {member}"
        for member in sorted(set(node) - allowed):
            if not member.startswith("x-"):
                yield f"asyncapi.yaml: {name} has {member}, which AsyncAPI 3.0 does not know"

    def references(self, node):
        if isinstance(node, list):
            for value in node:
                yield from self.references(value)
        elif isinstance(node, dict):
            if "$ref" in node:
                try:
                    self.follow(node)
                except (KeyError, TypeError):
                    yield f"asyncapi.yaml: {node['$ref']} leads nowhere"
            for value in node.values():
                yield from self.references(value)

    def examples(self):
        for name, message in self.messages().items():
            yield from self.members("message", f"components.messages.{name}", message)
            validator = self.validator(message["payload"])
            if not message.get("examples"):
                yield f"the message {name} has no example"
            for example in message.get("examples", []):
                yield from self.members("example", f"an example of {name}", example)
                for error in validator.iter_errors(example["payload"]):
                    yield f"the example {example['name']} of {name}: {error.json_path} {error.message}"
                others = [other for other in self.messages() if other != name and self.fits(other, example["payload"])]
                if others:
                    yield f"the example {example['name']} of {name} is also one of {others}"

    def fits(self, name, payload):
        return self.validator(self.messages()[name]["payload"]).is_valid(payload)

    def problems(self, event):
        """The problems of an event as the gateway sent it, given as the fields of its lines by name."""
        payload = json.loads(event["data"])
        if payload.get("type") != event["event"]:
            yield f"the event {event['event']} is a CloudEvent of the type {payload.get('type')}"
        name = "gap" if event["event"] == "switchboard.gap" else event["event"].split(".")[0]
        if name != "gap" and payload.get("position") != event.get("id"):
            yield f"the event {event['event']} has the id {event.get('id')} and the position {payload.get('position')}"
        message = self.messages().get(name)
        if message is None:
            yield f"{event['event']} is not described"
            return
        self.seen.add(name)
        known = set(self.document["components"]["schemas"]["cloudEvent"]["properties"])
        for member in sorted(set(payload) - known):
            yield f"{event['event']} has {member}, which is not described"
        for error in self.validator(message["payload"]).iter_errors(payload):
            yield f"{event['event']}: {error.json_path} {error.message}"

    def missing(self):
        for name in self.messages():
            if name not in self.seen:
                yield f"no event of the kind {name} was sent"
