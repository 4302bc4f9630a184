"""What must hold when everything has healed and the outbox is empty."""
import collections
import contextlib
import json
import sqlite3
import time
import urllib.error
import urllib.request

from load import ACKNOWLEDGED

# The columns that contain a parcel's marks, in the journal and in Postgres.
MARKS = [
    "SELECT text FROM messages", "SELECT external_id FROM message_statuses", "SELECT json_extract(data, '$.screen') FROM events",
    "SELECT json_extract(record, '$.id') FROM dead_letters WHERE stage = 'normalize'",
]
SHARED_MARKS = [
    "select text from messages", "select external_id from message_statuses", "select data->>'screen' from events",
    "select record->>'id' from dead_letters where stage = 'normalize'",
]


def column(connection, query):
    return [row[0] for row in connection.execute(query)]


def audit(world):
    """Reports every violation to the book."""
    stored = {}
    active = {}
    for gateway in world.gateways:
        with contextlib.closing(sqlite3.connect(f"file:{gateway.journal}?mode=ro", uri=True, timeout=20)) as journal:
            stored[gateway.name] = collections.Counter(mark for query in MARKS for mark in column(journal, query))
            active[gateway.name] = dict(journal.execute("SELECT session_id, phone FROM sessions WHERE status = 'active'"))
            audit_journal(world, gateway, journal)
        audit_ready(world, gateway)
    shared = collections.Counter(row[0] for query in SHARED_MARKS for row in world.database.rows(query))
    audit_parcels(world, stored, shared)
    audit_database(world, active)
    audit_tokens(world)


def audit_journal(world, gateway, journal):
    violation = world.book.violation
    for status in column(journal, "PRAGMA integrity_check"):
        if status != "ok":
            violation(f"{gateway.name}: integrity: {status}")
    for phone, count in journal.execute(
            "SELECT phone, count(*) FROM sessions WHERE status = 'active' GROUP BY phone HAVING count(*) > 1"):
        violation(f"{gateway.name}: {phone} has {count} active sessions")
    for letter in journal.execute("SELECT stage, reason FROM dead_letters WHERE stage <> 'normalize'"):
        violation(f"{gateway.name}: dead letter: {letter}")
    check = gateway.run("journal", "check")
    if check.returncode != 0:
        violation(f"{gateway.name}: journal check ended with {check.returncode}: {check.stdout} {check.stderr}")
    # doctor waits ten seconds for the database, which a busy machine may exceed.
    for _ in range(3):
        doctor = gateway.run("doctor")
        if doctor.returncode == 0:
            break
    else:
        violation(f"{gateway.name}: doctor ended with {doctor.returncode}: {doctor.stdout} {doctor.stderr}")


def audit_ready(world, gateway):
    answer = gateway.readiness()
    if answer is None or answer[0] != 200 or answer[1]["status"] != "ready" or not answer[1]["sync"]["reachable"] or answer[1]["sync"]["refused"]:
        world.book.violation(f"{gateway.name}: not ready: {answer}")


def audit_parcels(world, stored, shared):
    """Checks that every acknowledged item is stored once, and that a refused delivery is stored completely or not at all."""
    violation = world.book.violation
    lost = 0
    for parcel in world.book.parcels:
        is_acknowledged = False
        for gateway, state in parcel.states.items():
            counts = [stored[gateway][mark] for mark in parcel.marks]
            if state == ACKNOWLEDGED:
                is_acknowledged = True
                if counts != [1] * len(counts):
                    lost += 1
                    violation(f"{gateway}: acknowledged, and stored {counts} times: {parcel.kind} {parcel.marks}")
            elif counts not in ([0] * len(counts), [1] * len(counts)):
                violation(f"{gateway}: refused, and stored by halves, {counts} times: {parcel.kind} {parcel.marks}")
        counts = [shared[mark] for mark in parcel.marks]
        if is_acknowledged and counts != [1] * len(counts):
            violation(f"acknowledged, and in Postgres {counts} times: {parcel.kind} {parcel.marks} {parcel.states}")
    everywhere = set().union(*stored.values())
    for mark in sorted(map(str, everywhere ^ set(shared)))[:10]:
        violation(f"{mark} is in {'Postgres' if mark in shared else 'a journal'} alone")
    world.book.counts["items stored"] = len(everywhere)


def audit_database(world, active):
    violation, rows = world.book.violation, world.database.rows
    for what, query in [
        ("phones with more than one active session", "select phone from sessions where status = 'active' group by phone having count(*) > 1"),
        ("contacts with more than one active session",
         "select contact_id from sessions where status = 'active' group by contact_id having count(*) > 1"),
        ("phones with more than one contact",
         "select phone from contacts where merged_into is null and phone is not null group by phone having count(*) > 1"),
        ("dead letters", "select reason from dead_letters where stage <> 'normalize'"),
        ("messages in a session of another phone",
         "select m.external_id from messages m join sessions s using (session_id) where m.sender is not null "
         "and right(m.sender, 10) <> right(s.phone, 10)"),
    ]:
        if found := rows(query):
            violation(f"Postgres: {len(found)} {what}: {found[:5]}")
    # A journal learns only on its next call that a session has ended at another gateway. Until then it may consider the session active, but
    # it may not have another phone's session.
    shared = {row[0]: row[1:] for row in rows("select session_id, phone, status from sessions")}
    for gateway, sessions in active.items():
        strangers = {session: phone for session, phone in sessions.items() if shared.get(session, [None])[0] != phone}
        if strangers:
            violation(f"{gateway}: {len(strangers)} active sessions are not in Postgres, or another phone's: {list(strangers.items())[:3]}")
    if revived := [session for session in world.book.ended_sessions if shared.get(session, ["", ""])[1] == "active"]:
        violation(f"Postgres: {len(revived)} ended sessions are active: {sorted(revived)[:5]}")
    known = set(shared)
    if missing := {start[1] for start in world.book.starts} - known:
        violation(f"Postgres: {len(missing)} sessions that were started are not there: {sorted(missing)[:5]}")


def audit_tokens(world):
    """Checks that on both gateways every token leads to its person's session, or to none."""
    rows = {row[0]: (row[1], row[2]) for row in world.database.rows("select session_id, status, metadata->>'merged_into' from sessions")}
    latest = {token: (session, phone) for _, session, token, phone in world.book.starts[-400:]}
    for token, (session, phone) in list(latest.items())[-60:]:
        wanted, seen = session, set()
        while wanted in rows and rows[wanted][0] == "merged" and wanted not in seen:
            seen.add(wanted)
            wanted = rows[wanted][1]
        is_live = rows.get(wanted, ("",))[0] == "active"
        for gateway in world.gateways:
            # If the database does not answer in time, the journal decides, so a wrong answer is checked again some seconds later.
            for attempt in range(3):
                problem = token_problem(gateway, token, f"+{phone}", wanted if is_live else None)
                if problem is None:
                    break
                time.sleep(6)
            else:
                world.book.violation(f"{gateway.name}: the token of session {session} {problem}; in Postgres {wanted} is {rows.get(wanted)}")


def token_problem(gateway, token, phone, wanted):
    """The problem of the answer to a token that should lead to a session, or to none; None if the answer is right."""
    request = urllib.request.Request(f"{gateway.url}/session", headers={"X-Session-Token": token})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, shown = answer.status, json.load(answer)["session"]
    except urllib.error.HTTPError as error:
        status, shown = error.code, None
    except OSError as error:
        return f"is not answered: {error}"
    if shown and shown["phone"] != phone:
        return f"of {phone} shows the session of somebody else, {shown}"
    if status != (200 if wanted else 401):
        return f"is answered {status}"
    if shown and shown["session_id"] != wanted:
        return f"leads to {shown['session_id']}"
    return None
