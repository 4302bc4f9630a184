"""Settings for a gateway, and a webhook that it accepts."""
import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.request

from machine import ROOT

APP_SECRET, VERIFY_TOKEN, CLIENT_KEY, OPERATOR_TOKEN = (secrets.token_hex(16) for _ in range(4))
ACCOUNTS = """accounts:
  - adapter: whatsapp-cloud
    name: main
    secrets: ["${WHATSAPP_APP_SECRET}"]
    verify_token: "${WHATSAPP_VERIFY_TOKEN}"
"""
VALUES = {"WHATSAPP_APP_SECRET": APP_SECRET, "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN, "CLIENT_KEY": CLIENT_KEY,
          "OPERATOR_TOKEN": OPERATOR_TOKEN}
CLIENTS = 'clients: [{ name: shop, key: "${CLIENT_KEY}" }]\n'
OPERATORS = 'operators: [{ name: ops, token: "${OPERATOR_TOKEN}" }]\n'


def configure(machine, settings, environment, port):
    """Edits the shipped settings and secrets as an operator does."""
    path = machine.path(settings)
    text = path.read_text()
    for shipped, wanted in [("\naccounts: []\n", f"\n{ACCOUNTS}"), ("\nclients: []\n", f"\n{CLIENTS}"),
                            ("\noperators: []\n", f"\n{OPERATORS}"), ("\n  port: 8000\n", f"\n  port: {port}\n")]:
        assert shipped in text, f"{settings} has no {shipped}"
        text = text.replace(shipped, wanted)
    path.write_text(text)
    path = machine.path(environment)
    lines = [line.rstrip("\n") for line in path.read_text().splitlines()]
    path.write_text("\n".join(f"{line}{VALUES.get(line.rstrip('='), '')}" if line.endswith("=") else line for line in lines) + "\n")


def post(port):
    """Posts a captured message of WhatsApp, signed; the status and the JSON of the answer."""
    capture = (ROOT / "Webhooks/WhatsAppCloud/text.http").read_bytes().replace(b"\r\n", b"\n")
    body = capture.partition(b"\n\n")[2]
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhooks/whatsapp-cloud/main", data=body,
        headers={"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
