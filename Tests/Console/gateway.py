"""A gateway for the checks of the console, with what its accounts' senders would post."""
import atexit
import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
APP_SECRET = "the app secret of the console's check"
CHAT_SECRET = base64.b64encode(b"the secret of the console's check").decode()
TOKEN = "the-token-of-the-console's-check"

SETTINGS = f"""
server: {{ port: PORT }}
journal: {{ path: FOLDER/journal.sqlite, min_free_space: 1MiB }}
accounts:
  - {{ adapter: whatsapp-cloud, name: main, secrets: ["{APP_SECRET}"], verify_token: a-verify-token }}
  - {{ adapter: chat, name: main, secrets: [whsec_{CHAT_SECRET}] }}
  - {{ adapter: kiosk, name: lobby, secrets: [whsec_{base64.b64encode(b"the kiosk of the console's check").decode()}] }}
  - {{ adapter: twilio, name: main, secrets: ["the auth token of the check"] }}
operators: [{{ name: dana, token: "{TOKEN}" }}]
"""


class Gateway:
    """Runs in a folder of its own on a free port, until this program ends."""

    def __init__(self, program):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp())
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.settings = self.folder / "settings.yaml"
        self.settings.write_text(SETTINGS.replace("PORT", str(self.port)).replace("FOLDER", str(self.folder)))
        self.log = (self.folder / "log").open("w+")
        self.process = subprocess.Popen(
            [program, "serve", "--config", self.settings], cwd=self.folder, env={"PATH": "/usr/bin:/bin"}, stdout=self.log,
            stderr=subprocess.STDOUT)
        atexit.register(self.process.kill)
        for _ in range(1500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        self.log.seek(0)
        sys.exit(f"the gateway does not start: {self.log.read()}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def replay(self, *paths):
        """Posts captures as their senders did; some of them are wrong on purpose."""
        subprocess.run(
            [self.program, "replay", "--config", self.settings, "--to", self.url, *[ROOT / "Webhooks" / path for path in paths]],
            cwd=self.folder, capture_output=True, check=False)

    def send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, text

    def signed(self, body):
        """Posts a body under WhatsApp's signature."""
        digest = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        status, answer = self.send("POST", "/webhooks/whatsapp-cloud/main", body, headers)
        if status != 200:
            sys.exit(f"a signed webhook is answered {status}: {answer!r}")

    def whatsapp(self, text, number, phone="919876543210", name="Asha Rao"):
        """Posts a person's text; `number` makes its id."""
        message = {"from": phone, "id": f"wamid.check-{number}", "timestamp": str(int(time.time())), "type": "text", "text": {"body": text}}
        value = {
            "messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
            "contacts": [{"profile": {"name": name}, "wa_id": phone}], "messages": [message]}
        entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
        self.signed(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())

    def ask(self, path):
        """What /admin answers an operator."""
        status, answer = self.send("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        if status != 200:
            sys.exit(f"{path} is answered {status}: {answer!r}")
        return json.loads(answer)
