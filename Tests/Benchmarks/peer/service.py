"""The peer: the gateway's main job as a team would write it with FastAPI, asyncpg and PostgreSQL.

It checks the signature over the raw body, reads the messages, and answers 200 after it has committed one transaction. The transaction
finds or opens each sender's session, moves its last activity, and stores all messages that are not known yet (schema.sql). The statement is
prepared once per connection, and a request is one round trip, however many messages it has. Ending expired sessions would be another job,
which does not exist here.

Environment: APP_SECRET, DATABASE_URL, POOL_SIZE (connections per worker).
"""
import contextlib
import datetime
import hmac
import operator
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response

SECRET = os.environ["APP_SECRET"].encode()

STORE = "select store_message($1, $2, $3, $4, $5, $6)"

Row = tuple[str, str, str, str, str, datetime.datetime]


def is_authentic(body: bytes, signature: str) -> bool:
    expected = "sha256=" + hmac.digest(SECRET, body, "sha256").hex()
    return hmac.compare_digest(expected.encode(), signature.encode())


def rows(payload: Any) -> Iterator[Row]:
    """The messages of a WhatsApp webhook as arguments of STORE."""
    for entry in payload["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            for message in value.get("messages", ()):
                sent_at = datetime.datetime.fromtimestamp(int(message["timestamp"]), datetime.UTC)
                content = orjson.dumps(message.get(message["type"])).decode()
                yield message["from"], value["metadata"]["phone_number_id"], message["id"], message["type"], content, sent_at


async def keep(connection: asyncpg.Connection) -> None:
    """Requests do not change a connection's state, so the pool need not reset it. By default it sends a query for that each time."""


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["POOL_SIZE"])
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=size, max_size=size, reset=keep) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


@app.post("/webhooks/whatsapp-cloud/main")
async def receive(request: Request) -> Response:
    body = await request.body()
    if not is_authentic(body, request.headers.get("x-hub-signature-256", "")):
        return Response(status_code=401)
    try:
        items = list(rows(orjson.loads(body)))
    except (KeyError, TypeError, ValueError):
        return Response(status_code=400)
    # Sorted by phone, so that two requests with messages from the same people lock them in the same order.
    await request.app.state.pool.executemany(STORE, sorted(items, key=operator.itemgetter(0)))
    return Response(status_code=200)
