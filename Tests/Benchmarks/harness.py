"""What the benchmarks share: the gateway as a process, load on it, and a PostgreSQL of their own."""
import functools
import hashlib
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RELEASE = ROOT / ".build/release"
BINARY = RELEASE / "switchboard"
TOOLS = ROOT / ".build/tools"
WEBHOOK = "/webhooks/whatsapp-cloud/main"
SECRET = "a secret for benchmarks"
OPERATOR = "an-operator-for-benchmarks"


class Gateway:
    """A gateway with its journal in `folder`, and one WhatsApp account. With `flooded` it has another account of that name, limited to this
    many requests per second; `supabase` is that section of the settings. With `streams` it has an operator, and may have this many streams
    of /events. Without `starts`, it is not started yet."""

    def __init__(self, folder, supabase="{}", flooded=None, streams=None, starts=True):
        self.journal = folder / "journal.sqlite"
        settings = folder / "switchboard.yaml"
        more = f", {{ adapter: whatsapp-cloud, name: flooded, secrets: ['{SECRET}'], rate: {flooded} }}" if flooded else ""
        operators = ""
        if streams is not None:
            digest = hashlib.sha256(OPERATOR.encode()).hexdigest()
            operators = (f"operators: [{{ name: benchmark, token: 'sha256:{digest}' }}]\n"
                         f"server: {{ event_streams: {max(streams, 1)}, max_connections: {streams + 1024},"
                         f" connections_per_address: {streams + 1024} }}\n")
        settings.write_text(
            f"accounts: [{{ adapter: whatsapp-cloud, name: main, secrets: ['{SECRET}'] }}{more}]\n"
            f"journal: {{ path: '{self.journal}' }}\nsupabase: {supabase}\nlog: {{ level: error }}\n{operators}")
        self.settings = settings
        if starts:
            self.start()

    def start(self):
        self.process = subprocess.Popen(
            [BINARY, "serve", "--config", self.settings, "--port", "0", "--noop"], stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"http://\S+", self.process.stdout.readline()).group()

    def kill(self):
        """Kills it with SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stored(self):
        """The number of messages in the journal."""
        with sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True) as journal:
            return journal.execute("SELECT count(*) FROM messages").fetchone()[0]

    def peak_memory(self):
        """In MB."""
        return self._memory("VmHWM")

    def resident_memory(self):
        """In MB."""
        return self._memory("VmRSS")

    def _memory(self, name):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", status).group(1)) / 1024

    def processor_time(self):
        """The processor time in seconds: that of the event loop, and that of all other threads (the writer and the checkpointer), also of
        those that have ended."""
        process = pathlib.Path(f"/proc/{self.process.pid}")
        loop = sum(seconds for name, seconds in map(processor_time, (process / "task").iterdir()) if name.startswith("NIO"))
        return loop, processor_time(process)[1] - loop

    def outbox_depth(self):
        """The number of rows that the database has not received yet."""
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
            return json.load(answer)["sync"]["outbox_depth"]

    def drain(self, timeout=600):
        """Waits until the outbox is empty."""
        deadline = time.monotonic() + timeout
        while self.outbox_depth() > 0:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.outbox_depth()} rows are left in the outbox")
            time.sleep(0.05)

    def stop(self):
        """Stops it; returns its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=60)


def compiled(name, *arguments):
    """Compiles a C program or library beside this file with the system's compiler."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    target = TOOLS / name
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-O2", "-o", target, *arguments, "-lcrypto"], check=True, cwd=HERE)
    return target


@functools.cache
def requests_library():
    """The library that creates the requests for all kinds of load."""
    return compiled("requests.so", "-shared", "-fPIC", "requests.c")


@functools.cache
def open_loop_program():
    return compiled("open_loop", "open_loop.c", "requests.c")


def start(server, path, seconds, connections, count, rate=0, phones=20_000):
    """Starts wrk as a separate process; `finish` waits for it."""
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "webhook.lua", server.url],
        stdout=subprocess.PIPE, text=True,
        env={"PATH": "/usr/bin:/bin", "LIBRARY": str(requests_library()), "SECRET": SECRET, "ENDPOINT": path, "COUNT": str(count),
             "RATE": str(rate), "PHONES": str(phones)})


def finish(process):
    """Waits for wrk or the open loop; returns its figures by name."""
    output = process.communicate()[0]
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args, output)
    line = re.search(r"RESULT (.*)", output).group(1)
    return {name: float(value) for name, value in (pair.split("=") for pair in line.split())}


def open_loop(server, path, rate, seconds, connections, phones=20_000):
    """One run at a constant rate that does not wait for answers; returns its figures by name (see open_loop.c)."""
    words = [urllib.parse.urlsplit(server.url).port, path, SECRET, rate, seconds, connections, phones]
    return finish(subprocess.Popen([open_loop_program(), *map(str, words)], stdout=subprocess.PIPE, text=True))


def processor_time(folder):
    """The name and the seconds of a process or a thread, by its folder in /proc."""
    name, fields = re.match(r"\d+ \((.*)\) (.*)", (folder / "stat").read_text()).groups()
    return name, sum(int(ticks) for ticks in fields.split()[11:13]) / 100


def measured(gateway, run):
    """Runs a load, which returns its figures by name; adds the gateway's processor time per request in µs."""
    before = gateway.processor_time()
    figures = run()
    for name, earlier, later in zip(("loop", "others"), before, gateway.processor_time()):
        figures[name] = (later - earlier) / figures["requests"] * 1e6
    return figures


def load(gateway, path, seconds, connections, count, rate=0, phones=20_000):
    """One run of wrk; returns its figures by name, with the gateway's processor time per request in µs. `rate` is in requests per second,
    by default as many as possible. Each request is from one of this many `phones`."""
    return measured(gateway, lambda: finish(start(gateway, path, seconds, connections, count, rate, phones)))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """Debian's PostgreSQL with its durable defaults, on a free port of 127.0.0.1, in a folder that is removed with the object. `settings`
    are lines of postgresql.conf."""

    def __init__(self, folder, settings=("shared_buffers=256MB", "max_wal_size=4GB")):
        self.folder = folder
        self.settings = settings
        self.programs = max(pathlib.Path("/usr/lib/postgresql").iterdir(), key=lambda path: int(path.name)) / "bin"
        self.port = free_port()
        folder.mkdir()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
        self.run("initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def start(self):
        """Starts it, and returns when it accepts connections."""
        lines = [word for line in self.settings for word in ("-c", line)]
        self.process = self.spawn(
            "postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder, "-c", "listen_addresses=127.0.0.1", *lines)
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            time.sleep(0.1)

    def command(self, name, *arguments):
        words = [self.programs / name, *arguments]
        return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", *words] if os.geteuid() == 0 else words

    def run(self, name, *arguments):
        subprocess.run(self.command(name, *arguments), check=True, stdout=subprocess.DEVNULL, cwd="/")

    def spawn(self, name, *arguments):
        return subprocess.Popen(self.command(name, *arguments), stderr=subprocess.DEVNULL, cwd="/")

    def url(self, database, user="postgres"):
        return f"postgres://{user}@127.0.0.1:{self.port}/{database}"

    def sql(self, database, script):
        """The output of a script, unaligned."""
        return subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.url(database)], input=script, capture_output=True, text=True, check=True).stdout

    def create(self, database, functions="9"):
        """Creates a database with the tables of Config and all functions, or those up to the script with this name."""
        self.sql("postgres", f'create database "{database}"')
        for migration in sorted((ROOT / "Config/supabase/migrations").glob("*.sql")):
            if "_switchboard_functions" not in migration.name or migration.name <= functions:
                self.sql(database, migration.read_text())

    def drop(self, database):
        self.sql("postgres", f'drop database "{database}" with (force)')

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)
