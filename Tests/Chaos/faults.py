"""What is done to gateways and to the database: each fault is over when its function returns."""
import contextlib
import signal
import sqlite3
import subprocess
import sys
import time

# A separate process, so that it can be killed while it holds the lock.
HOLDER = """
import sqlite3, sys
journal = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
journal.execute("PRAGMA busy_timeout = 20000")
journal.execute("BEGIN IMMEDIATE")
journal.execute("UPDATE probes SET probed_at = probed_at")
print("locked", flush=True)
journal.execute(sys.stdin.readline() or "ROLLBACK")
"""

READER = """
import sqlite3, sys
journal = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
journal.execute("BEGIN")
journal.execute("SELECT count(*) FROM messages").fetchone()
sys.stdin.readline()
"""


@contextlib.contextmanager
def holding(script, gateway):
    process = subprocess.Popen(
        [sys.executable, "-c", script, gateway.journal], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lock(world, gateway, random, end):
    """Another process holds the write lock longer than the gateway waits for it."""
    with world.book.fault("lock", gateway), holding(HOLDER, gateway) as holder:
        holder.stdout.readline()
        time.sleep(random.uniform(5.5, 7.5))
        world.book.count(f"locks ended by {end}")
        if end == "SIGKILL":
            holder.kill()
        else:
            holder.stdin.write(f"{end}\n")
            holder.stdin.flush()
        holder.wait()


def lock_rollback(world, gateway, random): lock(world, gateway, random, "ROLLBACK")
def lock_killed(world, gateway, random): lock(world, gateway, random, "SIGKILL")
def lock_commit(world, gateway, random): lock(world, gateway, random, "COMMIT")


def reader(world, gateway, random):
    """A reader with a long transaction: meanwhile the log cannot be truncated."""
    with world.book.fault("reader", gateway), holding(READER, gateway):
        time.sleep(random.uniform(2, 10))


def kill(world, gateway, random):
    """SIGKILL, sometimes again during the start."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        with world.book.fault("SIGKILL", gateway):
            gateway.kill()
            time.sleep(random.uniform(0, 0.5))
            gateway.start()
        time.sleep(random.uniform(0, 0.6))


def terminate(world, gateway, random):
    with world.book.fault("SIGTERM", gateway):
        was_listening = gateway.is_listening
        code = gateway.terminate()
        # Before it listens, no request is in progress, and the signal may end it at once.
        if code != 0 and (was_listening or code != -signal.SIGTERM):
            world.book.violation(f"{gateway.name} ended with {code} after SIGTERM")
        gateway.start()


def stop(world, gateway, random):
    """The machine is suspended, or swaps."""
    with world.book.fault("stop", gateway):
        gateway.signal(signal.SIGSTOP)
        time.sleep(random.uniform(0.5, 7))
        gateway.signal(signal.SIGCONT)


def full(world, gateway, random):
    with world.book.fault("full", gateway):
        gateway.disk.fill(gateway.process, random.choice((0, 0, 4096, 65_536, 300_000)))
        time.sleep(random.uniform(1.5, 5))
        # Sometimes the gateway is killed while the disk is full, and must then start without free space.
        if random.random() < 0.3:
            with world.book.fault("SIGKILL", gateway):
                gateway.kill()
                gateway.start()
            time.sleep(random.uniform(0.5, 2))
        gateway.disk.empty(gateway.process)


HOUR = 3600


def clock(world, gateway, random, offsets):
    for offset in offsets:
        with world.book.fault("clock", gateway):
            gateway.clock.set(offset)
            time.sleep(random.uniform(0.5, 3))
    gateway.clock.set(0)


def clock_forwards(world, gateway, random): clock(world, gateway, random, [random.choice((5, 600, HOUR, 25 * HOUR, 40 * 24 * HOUR))])
def clock_backwards(world, gateway, random): clock(world, gateway, random, [-random.choice((1, 120, HOUR, 25 * HOUR, 60 * 24 * HOUR))])
def clock_both(world, gateway, random): clock(world, gateway, random, [25 * HOUR, -HOUR, 2 * HOUR])


def verbs(world, gateway, random):
    """An operator's verbs beside the gateway, sometimes killed before they end."""
    copy = gateway.disk.folder / "copy.sqlite"
    choices = [
        ["journal", "check"], ["journal", "backup", str(copy)], ["sessions", "list"], ["dead-letters", "list"],
        ["captures", "list"], ["captures", "export", "-o", "/dev/null"], ["replay", "journal", "--dry-run"], ["doctor"],
        ["dead-letters", "retry", "--all"],
    ]
    words = random.choice(choices)
    with world.book.fault("verbs", gateway):
        process = subprocess.Popen(
            [gateway.binary, *words, "--config", gateway.settings], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=gateway.folder)
        if random.random() < 0.4:
            time.sleep(random.uniform(0, 0.5))
            process.kill()
        process.wait(timeout=120)
        copy.unlink(missing_ok=True)


def session_ended(world, gateway, random):
    """An operator ends sessions beside the gateway: none of them may become active again, on either gateway."""
    with world.book.fault("sessions ended", gateway):
        for _ in range(3):
            with contextlib.closing(sqlite3.connect(f"file:{gateway.journal}?mode=ro", uri=True, timeout=20)) as journal:
                active = [row[0] for row in journal.execute("SELECT session_id FROM sessions WHERE status = 'active'")]
            if active:
                session = random.choice(active)
                if gateway.run("sessions", "end", session).returncode == 0:
                    with world.book.turn:
                        world.book.ended_sessions.add(session)


def compact(world, gateway, random):
    """The file is compacted while the gateway is stopped; sometimes the compaction is killed before it ends."""
    with world.book.fault("compact", gateway):
        gateway.terminate()
        process = subprocess.Popen(
            [gateway.binary, "journal", "compact", "--config", gateway.settings], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=gateway.folder)
        if random.random() < 0.6:
            time.sleep(random.uniform(0, 0.5))
            process.kill()
        process.wait(timeout=120)
        gateway.start()


def postgres_killed(world, random):
    with world.book.fault("postgres killed"):
        world.database.kill()
        time.sleep(random.uniform(0, 3))
        world.database.start()


def postgres_frozen(world, random):
    with world.book.fault("postgres frozen"):
        world.database.signal(signal.SIGSTOP)
        time.sleep(random.uniform(1, 8))
        world.database.signal(signal.SIGCONT)


def slow_link(world, random):
    """Every packet to and from the database is delayed."""
    with world.book.fault("slow link"):
        links = random.sample(world.links, random.choice((1, len(world.links))))
        for link in links:
            link.delay = random.choice((0.05, 0.3, 1.2))
        time.sleep(random.uniform(2, 6))
        for link in links:
            link.delay = 0


def cut_link(world, random):
    """Connections are reset, and for a while new ones as well."""
    with world.book.fault("cut link"):
        for _ in range(random.choice((1, 1, 3))):
            link = random.choice(world.links)
            link.is_refusing = True
            link.cut()
            time.sleep(random.uniform(0, 2))
            link.is_refusing = False


def no_connections(world, random):
    """Others take all of the database's connections."""
    with world.book.fault("no connections"):
        for link in world.links:
            link.cut()
        world.database.occupy()
        for link in world.links:
            link.cut()
        world.database.occupy()
        time.sleep(random.uniform(1, 5))
        world.database.leave()


def table_locked(world, random):
    """Somebody changes a table in a long transaction."""
    with world.book.fault("table locked"):
        table = random.choice(("sessions", "messages", "contacts"))
        world.database.sql(world.database.name, f"begin; lock table {table}; select pg_sleep({random.uniform(1, 7)}); rollback")


def backends_ended(world, random):
    with world.book.fault("backends ended"):
        for _ in range(random.choice((1, 2, 4))):
            world.database.sql(
                world.database.name,
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
            time.sleep(random.uniform(0, 0.3))


ON_GATEWAY = [
    kill, kill, kill, terminate, lock_rollback, lock_rollback, lock_killed, lock_commit, reader, stop, stop, full, full, clock_forwards,
    clock_backwards, clock_both, verbs, verbs, session_ended, compact,
]
ON_DATABASE = [postgres_killed, postgres_killed, postgres_frozen, slow_link, slow_link, cut_link, no_connections, table_locked, backends_ended]

# The faults of `make test`: each kind once, on one of the gateways.
SHORT_ON_GATEWAYS = [[lock_rollback, kill, full, clock_both, session_ended, terminate], [kill, stop, lock_killed, clock_backwards, verbs, compact, full]]
SHORT_ON_DATABASE = [postgres_killed, slow_link, no_connections, postgres_frozen, cut_link, table_locked, backends_ended]
