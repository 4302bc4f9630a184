"""A folder in which the documents' lines run: a checkout, an installed gateway, another machine."""
import atexit
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".build/debug/switchboard").resolve()
sys.path.append(str(ROOT / "Tests/Benchmarks"))
from harness import Postgres  # noqa: E402


def tool(name):
    """The path to which .ci/packages or its own package installs a program."""
    places = [ROOT / ".build/tools" / name, pathlib.Path("/usr/bin") / name, pathlib.Path("/usr/sbin") / name]
    return next((place for place in places if place.exists()), None) or sys.exit(f"there is no {name}: .ci/packages test")


class Machine:
    """A folder with what the documents mention: a checkout, an installed and running gateway, another machine's journal."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchboard-documents-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        # If this runs as root, PostgreSQL runs as another user.
        self.folder.chmod(0o755)
        self.checkout = self.folder / "checkout"
        (self.checkout / ".build/release").mkdir(parents=True)
        (self.checkout / ".build/release/switchboard").symlink_to(PROGRAM)
        for name in [".ci", "Config", "Webhooks"]:
            shutil.copytree(ROOT / name, self.checkout / name)
        for name in ["etc/systemd/system", "var/backups", "var/lib/switchboard", "var/lib/private", "usr/local/bin", "old", "bin"]:
            (self.folder / name).mkdir(parents=True)
        (self.folder / "var/lib/private/switchboard").symlink_to(self.folder / "var/lib/switchboard")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # The only place with the address.
        settings = self.checkout / "Config/switchboard.yaml"
        settings.write_text(settings.read_text().replace("\n  port: 8000\n", f"\n  port: {self.port}\n"))
        self.stub("systemctl", f'case "$1" in stop) touch "{self.folder}/stopped" ;; esac')
        # The other machine has its own settings and journal.
        self.stub("ssh", f'shift; cd "{self.folder}/old" && exec "$@"')
        # Applies each file in its own transaction, as the Supabase CLI does.
        push = 'psql -q -1 -v ON_ERROR_STOP=1 -f "$file" "$SUPABASE_DB_URL"'
        self.stub("supabase", f"for file in supabase/migrations/*.sql; do {push} || exit; done")
        self.stub("switchboard", f'exec "{PROGRAM}" "$@"')
        self.gateway = None
        self.database = None
        self.variables = {}

    def persist(self):
        """Creates an empty database, which verbs and gateways use from now on."""
        if not self.database:
            self.database = Postgres(self.folder / "postgres", ("shared_buffers=64MB", "fsync=off", "dynamic_shared_memory_type=mmap"))
            atexit.register(self.database.stop)
            self.database.sql("postgres", "create database project")
            # The last three are for lines that name only a database.
            self.variables = {
                "SUPABASE_DB_URL": self.database.url("project"),
                "PGHOST": "127.0.0.1", "PGPORT": str(self.database.port), "PGUSER": "postgres"}

    def stub(self, name, script):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def environment(self):
        return {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": str(self.folder),
            "CONFIGURATION_DIRECTORY": str(self.folder / "etc/switchboard"), **self.variables}

    def placed(self, line, words):
        """The line with this machine's paths, addresses and ids."""
        line = re.sub(r"(?<![\w.~/])/(etc|var|usr/local|usr/share|old)(?=/)", rf"{self.folder}/\1", line)
        for address in ["http://localhost:8000", "https://staging.example.org"]:
            line = line.replace(address, f"http://localhost:{self.port}")
        for word, value in words.items():
            line = re.sub(rf"\b{word}\b", value, line)
        return line

    def serve(self, folder, *arguments):
        self.stop()
        log = (self.folder / "log").open("a")
        self.gateway = subprocess.Popen([PROGRAM, "serve", *arguments], cwd=folder, env=self.environment(), stdout=log, stderr=log)
        atexit.register(self.stop)
        for _ in range(1500):
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                if self.gateway.poll() is not None:
                    break
                time.sleep(0.02)
        sys.exit(f"the gateway does not start: {(self.folder / 'log').read_text()}")

    def stop(self):
        if self.gateway and self.gateway.poll() is None:
            self.gateway.terminate()
            self.gateway.wait(60)

    def run(self, script, folder):
        return subprocess.run(
            ["/bin/bash", "-c", script], cwd=folder, env=self.environment(), capture_output=True, text=True, timeout=120)
