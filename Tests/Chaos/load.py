"""Senders that post what providers and clients post, and remember what they were answered."""
import base64
import hashlib
import hmac
import http.client
import json
import random
import threading
import time

from gateway import SECRETS

PHONES = 60
UNKNOWN, UNCERTAIN, ACKNOWLEDGED = range(3)


class Parcel:
    """Items that are always posted together. `states` says for each gateway what is known about them there."""

    def __init__(self, kind, number, marks, phone, now):
        self.kind = kind
        self.number = number
        self.marks = marks
        self.phone = phone
        self.states = {}
        self.is_posted = False
        # Always the same bytes: different content would be a different item.
        self.body = self.make_body(now).encode()

    def make_body(self, now):
        if self.kind == "message":
            items = [{"from": self.phone, "id": mark, "timestamp": str(int(now)), "type": "text", "text": {"body": mark}}
                     for mark in self.marks]
            return webhook({"contacts": [{"profile": {"name": "Asha"}, "wa_id": self.phone}], "messages": items})
        if self.kind == "status":
            return webhook({"statuses": [{"id": mark, "status": "read", "timestamp": str(int(now)), "recipient_id": self.phone}
                                         for mark in self.marks]})
        events = [{"specversion": "1.0", "id": mark, "source": "/chaos", "type": "message.text",
                   "data": {"phone": "+" + self.phone, "text": mark}} for mark in self.marks]
        if self.kind == "activity":
            for event, mark in zip(events, self.marks):
                event["type"] = "screen.viewed"
                event["data"] = {"phone": "+" + self.phone, "screen": mark}
        if self.kind == "chat":
            for event in events:
                del event["data"]["phone"]
        if self.kind == "mixed":
            # Without a phone the gateway cannot assign it to a person, and keeps it as a dead letter.
            del events[-1]["data"]["phone"]
        return json.dumps(events)

    @property
    def rejected(self):
        """The number of items that cannot be read."""
        return 1 if self.kind == "mixed" else 0

    @property
    def path(self):
        return {"message": "/webhooks/whatsapp-cloud/main", "status": "/webhooks/whatsapp-cloud/main",
                "chat": "/webhooks/chat/main"}.get(self.kind, "/webhooks/kiosk/lobby")

    def headers(self, now, token):
        if self.kind in ("message", "status"):
            signature = hmac.new(SECRETS["whatsapp"].encode(), self.body, hashlib.sha256).hexdigest()
            return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        if self.kind == "chat":
            return headers | {"X-Session-Token": token}
        key = base64.b64decode(SECRETS["kiosk"].removeprefix("whsec_"))
        name, stamp = f"msg_{self.number}", str(int(now))
        signature = base64.b64encode(hmac.new(key, f"{name}.{stamp}.".encode() + self.body, hashlib.sha256).digest()).decode()
        return headers | {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


def webhook(value):
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
             **value}
    return json.dumps({"object": "whatsapp_business_account",
                       "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})


class Sender(threading.Thread):
    """Posts to one gateway, one request after the other."""

    def __init__(self, name, gateway, book, seed, pause):
        super().__init__(daemon=True)
        self.label = name
        self.gateway = gateway
        self.book = book
        self.random = random.Random(f"{seed}/{name}")
        self.pause = pause
        self.connection = None
        self.number = 0
        self.sessions = []
        self.is_over = False

    def run(self):
        try:
            while not self.is_over:
                self.act()
                time.sleep(self.random.random() * 2 * self.pause)
        except Exception as error:  # noqa: BLE001: a sender that is gone would make the run look clean
            self.book.violation(f"sender {self.label} failed: {error!r}")

    def act(self):
        choice = self.random.random()
        if choice < 0.56:
            self.post_new("message", self.random.choice((1, 1, 1, 2, 3)))
        elif choice < 0.62:
            self.post_new("status", self.random.choice((1, 2)))
        elif choice < 0.68:
            self.post_new("kiosk", self.random.choice((1, 3)))
        elif choice < 0.72:
            self.post_new("activity", self.random.choice((1, 3)))
        elif choice < 0.73:
            self.post_new("mixed", 2)
        elif choice < 0.83:
            self.post_again(lambda parcel: True)
        elif choice < 0.90:
            self.post_again(lambda parcel: parcel.states.get(self.gateway.name) == UNCERTAIN)
        elif choice < 0.95:
            self.start_session()
        elif choice < 0.97:
            self.end_session()
        else:
            self.chat()

    def phone(self):
        return f"9198765{10_000 + self.random.randrange(PHONES)}"

    def post_new(self, kind, count, phone=None, token=None):
        self.number += 1
        number = f"{self.label}.{self.number}"
        parcel = Parcel(kind, number, [f"{number}.{index}" for index in range(count)], phone or self.phone(),
                        self.gateway.clock.now())
        with self.book.turn:
            self.book.parcels.append(parcel)
        self.post(parcel, token)

    def post_again(self, is_wanted):
        """Posts an earlier parcel again, as a provider does, sometimes to the other gateway."""
        with self.book.turn:
            lately = self.book.parcels[-2000:]
        for parcel in self.random.sample(lately, min(20, len(lately))):
            if parcel.kind != "chat" and is_wanted(parcel):
                return self.post(parcel)

    def post(self, parcel, token=None):
        # A parcel is posted to one gateway at a time: of two simultaneous posts one could not say which was first.
        with self.book.turn:
            if parcel.is_posted:
                return
            parcel.is_posted = True
        try:
            self.post_alone(parcel, token)
        finally:
            parcel.is_posted = False

    def post_alone(self, parcel, token):
        jumps = self.gateway.clock.jumps
        now = self.gateway.clock.now()
        before = parcel.states.get(self.gateway.name, UNKNOWN)
        parcel.states[self.gateway.name] = max(before, UNCERTAIN)
        answer = self.request("POST", parcel.path, parcel.headers(now, token), parcel.body)
        if answer is None:
            return self.book.count("cut off")
        status, reply = answer
        count = len(parcel.marks)
        if status == 200:
            accepted, duplicates = reply["accepted"], reply["duplicates"]
            parcel.states[self.gateway.name] = ACKNOWLEDGED
            self.book.count("acknowledged", accepted)
            self.book.count("duplicates", duplicates)
            if accepted + duplicates != count - parcel.rejected or len(reply.get("rejected", [])) != parcel.rejected:
                self.book.violation(f"{self.gateway.name} counted {reply} of {count} items: {parcel.marks}")
            elif before == UNKNOWN and duplicates:
                self.book.violation(f"{self.gateway.name} called new items duplicates: {parcel.marks}")
            elif before == ACKNOWLEDGED and accepted:
                self.book.violation(f"{self.gateway.name} stored acknowledged items again: {parcel.marks}")
        elif status == 503:
            self.book.count("refused (503)")
        elif status == 401 and (parcel.kind == "chat" or not self.gateway.clock.stood_still(jumps)):
            # The session has ended, or the clock jumped between signing and checking.
            self.book.count("refused (401)")
        else:
            self.book.violation(f"{self.gateway.name} answered {status} to {parcel.kind}: {reply}")

    def start_session(self):
        phone = self.phone()
        jumps = self.gateway.clock.jumps
        wish = {"phone": "+" + phone, "channel": self.random.choice(("chat", "kiosk")), "customer_id": f"c{phone[-5:]}"}
        answer = self.request(
            "POST", "/session/start", {"Content-Type": "application/json", "Authorization": f"Bearer {SECRETS['client']}"},
            json.dumps(wish).encode())
        if answer is None:
            return self.book.count("cut off")
        status, reply = answer
        if status in (200, 201):
            session = reply["session"]
            with self.book.turn:
                self.book.tokens.add(reply["session_token"])
                self.book.starts.append((self.gateway.name, session["session_id"], reply["session_token"], phone))
            self.book.count("sessions started or restored")
            self.sessions.append((reply["session_token"], phone))
            # A gateway with a wrong clock may consider a session expired that is active in the database.
            is_timely = self.gateway.clock.stood_still(jumps) and self.gateway.clock.offset == 0
            if session["phone"] != "+" + phone or is_timely and session["status"] != "active":
                self.book.violation(f"{self.gateway.name} started for {phone} a session of {session}")
        elif status == 503:
            self.book.count("refused (503)")
        else:
            self.book.violation(f"{self.gateway.name} answered {status} to a start: {reply}")

    def end_session(self):
        if not self.sessions:
            return
        token, phone = self.sessions.pop(self.random.randrange(len(self.sessions)))
        answer = self.request("POST", "/session/end", {"X-Session-Token": token}, b"")
        if answer is None:
            return self.book.count("cut off")
        status, reply = answer
        if status == 200:
            session = reply["session"]
            with self.book.turn:
                self.book.ended_sessions.add(session["session_id"])
            self.book.count("sessions ended")
            if session["phone"] != "+" + phone or session["status"] != "logged_out":
                self.book.violation(f"{self.gateway.name} ended for {phone} a session of {session}")
        elif status not in (401, 503):
            self.book.violation(f"{self.gateway.name} answered {status} to an end: {reply}")

    def chat(self):
        if self.sessions:
            token, phone = self.random.choice(self.sessions)
            self.post_new("chat", 1, phone, token)

    def request(self, method, path, headers, body):
        """The status and the body of the answer; None if there was no answer."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=30)
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return None
        try:
            reply = json.loads(text)
        except ValueError:
            reply = text[:300]
        if answer.status == 503 and not int(answer.headers.get("Retry-After", "0")):
            self.book.violation(f"{self.gateway.name} answered 503 without Retry-After to {path}")
        return answer.status, reply
