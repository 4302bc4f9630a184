"""The peer as processes: PostgreSQL, and the service under uvicorn."""
import http.client
import pathlib
import signal
import subprocess
import time

from harness import HERE, ROOT, SECRET, WEBHOOK, Postgres, free_port

PACKAGES = ROOT / ".build/peer"
SCHEMA = pathlib.Path(__file__).with_name("schema.sql")
CONNECTIONS = 32  # to the database, for all workers together


class Peer:
    """A running peer. `folder` is created for its database, and removed with it."""

    def __init__(self, folder: pathlib.Path, workers: int) -> None:
        self.postgres = Postgres(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            self.postgres.sql("postgres", "create database peer")
            self.postgres.sql("peer", SCHEMA.read_text())
            self.process = self.serve(folder, workers)
        except BaseException:
            self.postgres.stop()
            raise
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    def serve(self, folder: pathlib.Path, workers: int) -> subprocess.Popen:
        """Connects to the database by its socket, which is faster than TCP."""
        environment = {
            "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGES), "APP_SECRET": SECRET,
            "DATABASE_URL": f"postgres://postgres@/peer?host={folder}&port={self.postgres.port}", "POOL_SIZE": str(CONNECTIONS // workers)}
        return subprocess.Popen(
            ["/usr/bin/python3", "-m", "uvicorn", "peer.service:app", "--ws", "none", "--port", str(self.port), "--workers", str(workers),
             "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "75"],
            cwd=HERE, env=environment)

    def wait(self) -> None:
        """Waits until it answers."""
        deadline = time.monotonic() + 30
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request("GET", WEBHOOK)
                connection.getresponse()
                return
            except ConnectionError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            finally:
                connection.close()

    def stored(self) -> int:
        """The number of messages in the database."""
        return int(self.postgres.sql("peer", "select count(*) from messages"))

    def stop(self) -> int:
        """Stops it; returns its exit code."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=60)
        finally:
            self.postgres.stop()
        # uvicorn ends itself with the signal that it has received.
        return 0 if code == -signal.SIGTERM else code
