"""What a server must do before its speed is worth measuring."""
import ctypes
import http.client
import urllib.parse

from harness import SECRET, WEBHOOK, Gateway, requests_library
from peer.process import Peer


class Request(ctypes.Structure):
    """`struct request` of requests.h."""

    _fields_ = [("text", ctypes.c_char_p), ("length", ctypes.c_size_t)]


def make_request() -> bytes:
    library = ctypes.CDLL(requests_library())
    library.make_requests.restype = ctypes.POINTER(Request)
    return library.make_requests(WEBHOOK.encode(), SECRET.encode(), 1, ctypes.c_size_t(1))[0].text


def post(server: Gateway | Peer, request: bytes) -> int:
    """Posts a request; returns the status of the answer."""
    head, body = request.split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request("POST", WEBHOOK, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def check(server: Gateway | Peer) -> None:
    """Checks that a signed webhook is stored once, before it is answered, and that one with a wrong signature is refused."""
    request = make_request()
    forged = request.replace(b"weekend", b"evening")
    for sent, status, stored in [(forged, 401, 0), (request, 200, 1), (request, 200, 1)]:
        answer = post(server, sent)
        if (answer, server.stored()) != (status, stored):
            raise RuntimeError(f"{server.url} answers {answer} and has stored {server.stored()}, not {status} and {stored}")
