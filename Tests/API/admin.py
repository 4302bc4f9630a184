"""What operators ask of /admin: each route's real answers, for the check of Webhooks/openapi.yaml."""
import fcntl
import json
import os
import uuid

NOTHING = "01a2049a-fa35-7027-a07f-d114d83a73fa"


class Administration:
    """Asks every route; `check` compares the answers with the description."""

    def __init__(self, check, operator, post):
        self.check = check
        self.operator = operator
        # Posts a body to WhatsApp's webhook, as its sender.
        self.post = post

    def ask(self, status, gateway, method, target, body=b"", **headers):
        return self.check.ask(status, gateway, method, f"/admin/{target}", body, **{**self.operator, **headers})

    def first(self, gateway, target, name):
        items = self.ask(200, gateway, "GET", target).json()["items"]
        if not items:
            self.check.problems.append(f"/admin/{target} has no items")
            return NOTHING
        return items[0][name]

    def run(self, gateway):
        self.unreadable(gateway)
        contact = self.first(gateway, "conversations", "contact_id")
        session = self.first(gateway, "sessions?status=active", "session_id")
        capture = self.first(gateway, "captures?adapter=chat", "delivery_id")
        letter = self.first(gateway, "dead-letters?stage=normalize", "dead_letter_id")
        self.reads(gateway, contact, session, capture, letter)
        self.refusals(gateway)
        self.actions(gateway, contact, session, capture, letter)
        self.first(gateway, "audit?limit=1", "action")

    def unreadable(self, gateway):
        """Two dead letters."""
        for _ in range(2):
            value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "2"}, "messages": [{"id": f"wamid.{uuid.uuid4()}"}]}
            body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
            self.post(gateway, json.dumps(body).encode())

    def reads(self, gateway, contact, session, capture, letter):
        for target in [
            "overview", "series?minutes=5", "settings", "doctor", "conversations?limit=1", "conversations?query=nobody", f"contacts/{contact}",
            f"contacts/{contact}/timeline?limit=5", "sessions?limit=1", f"sessions/{session}", "captures?limit=2", f"captures/{capture}",
            f"captures/{capture}/export", f"captures/{capture}/export?redact=false", f"captures/{capture}/curl", "dead-letters",
            f"dead-letters/{letter}", "audit",
        ]:
            self.ask(200, gateway, "GET", target)

    def refusals(self, gateway):
        for path, method, operation in self.check.description.operations():
            if not path.startswith("/admin/"):
                continue
            target = path.removeprefix("/admin/").replace("{id}", NOTHING)
            method = method.upper()
            self.ask(401, gateway, method, target, authorization="Bearer of-nobody-whom-it-knows")
            if "404" in operation["responses"]:
                self.ask(404, gateway, method, target)
            if "413" in operation["responses"]:
                self.ask(413, gateway, method, target, b" " * (65 << 10))
            if "422" in operation["responses"]:
                self.ask(422, gateway, method, target, b'{"all":false}')
            if method == "GET":
                self.ask(400, gateway, method, target + "?nothing=1")
            elif "{id}" not in path:
                self.ask(400, gateway, method, target, b"[]")

    def actions(self, gateway, contact, session, capture, letter):
        self.ask(200, gateway, "POST", f"contacts/{contact}/reveal")
        self.ask(200, gateway, "POST", f"sessions/{session}/end")
        self.ask(200, gateway, "POST", f"sessions/{session}/end")
        self.ask(200, gateway, "POST", f"captures/{capture}/replay")
        self.ask(200, gateway, "POST", f"dead-letters/{letter}/retry")
        self.ask(200, gateway, "POST", f"dead-letters/{letter}/discard")
        self.ask(200, gateway, "POST", "dead-letters/retry", b'{"all":true,"stage":"normalize"}')
        self.ask(200, gateway, "POST", "dead-letters/discard", b'{"reason":"another"}')
        shown = self.first(gateway, "captures?adapter=360dialog", "delivery_id")
        self.ask(409, gateway, "GET", f"captures/{shown}/curl")
        self.ask(201, gateway, "POST", "journal/backup")
        # As another process does while it copies the journal.
        folder = os.open(gateway.folder, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.ask(409, gateway, "POST", "journal/backup")
        os.close(folder)

    def unrecorded(self, gateway):
        """Actions of a gateway that stores nothing."""
        contact = self.first(gateway, "conversations", "contact_id")
        session = self.first(gateway, "sessions", "session_id")
        capture = self.first(gateway, "captures?adapter=chat", "delivery_id")
        letter = self.first(gateway, "dead-letters", "dead_letter_id")
        for target in [
            f"contacts/{contact}/reveal", f"sessions/{session}/end", f"captures/{capture}/replay", f"dead-letters/{letter}/retry",
            f"dead-letters/{letter}/discard", "journal/backup",
        ]:
            self.ask(503, gateway, "POST", target)
        for target in [f"captures/{capture}/curl", f"captures/{capture}/export?redact=false"]:
            self.ask(503, gateway, "GET", target)
        for target in ["dead-letters/retry", "dead-letters/discard"]:
            self.ask(503, gateway, "POST", target, b'{"all":true}')
