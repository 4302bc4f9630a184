#!/usr/bin/env python3
"""Follows the events of a Switchboard gateway and prints them, one a line. Needs nothing but Python 3.8 or later.

    OPERATOR_TOKEN=... python3 follow-events.py http://localhost:8000 'kind=message,status'

The position is kept in the file `position`, in the working directory, after each event has been handled: the next run goes on from there.
"""
import http.client
import json
import os
import pathlib
import sys
import time
import urllib.parse

POSITION = pathlib.Path("position")


def handle(event):
    """Put your own code here. It may see an event twice, if it is stopped before the position is kept: compare event["id"]."""
    print(json.dumps(event), flush=True)


def events(answer):
    """The fields of each event of an answer, by their names."""
    fields = {}
    for line in answer:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif not value:
            # An empty line; a comment has no name, but a text.
            yield fields
            fields = {}


def follow(url, query, token):
    """Reads events until the connection ends."""
    address = urllib.parse.urlsplit(url)
    https = address.scheme == "https"
    # A heartbeat comes every 15 seconds: without one for 60, the connection is dead.
    connection = (http.client.HTTPSConnection if https else http.client.HTTPConnection)(address.netloc, timeout=60)
    headers = {"Authorization": f"Bearer {token}"}
    if POSITION.exists():
        headers["Last-Event-ID"] = POSITION.read_text()
    connection.request("GET", f"{address.path}/events?{query}", headers=headers)
    answer = connection.getresponse()
    if answer.status in (400, 401, 404):
        sys.exit(f"{answer.status}: {answer.read().decode()}")
    if answer.status != 200:
        raise ConnectionError(f"{answer.status}: {answer.read().decode()}")
    for fields in events(answer):
        if "data" in fields:
            handle(json.loads(fields["data"]))
        if "id" in fields:
            # Under another name first: a crash must not leave half a position.
            draft = POSITION.with_suffix(".new")
            draft.write_text(fields["id"])
            draft.replace(POSITION)


def main():
    if len(sys.argv) < 2 or "OPERATOR_TOKEN" not in os.environ:
        sys.exit("usage: OPERATOR_TOKEN=... python3 follow-events.py URL [QUERY], such as http://localhost:8000 'kind=message,status'")
    url, query = sys.argv[1].rstrip("/"), sys.argv[2] if len(sys.argv) > 2 else ""
    while True:
        try:
            follow(url, query, os.environ["OPERATOR_TOKEN"])
        except (OSError, http.client.HTTPException) as error:
            print(f"connecting again: {error}", file=sys.stderr)
        time.sleep(3)


main()
