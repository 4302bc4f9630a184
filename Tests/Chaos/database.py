"""A PostgreSQL that can be killed, frozen and crowded, and links to it that can be slow or cut."""
import asyncio
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "Benchmarks"))
from harness import Postgres  # noqa: E402


class Database(Postgres):
    """A database that is killed as a process rather than by a power cut: written files stay, so it need not wait for the disk."""

    CONNECTIONS = 40

    def __init__(self, folder):
        super().__init__(folder, ("shared_buffers=64MB", f"max_connections={self.CONNECTIONS}", "fsync=off", "full_page_writes=off",
                                  "dynamic_shared_memory_type=mmap", "log_min_messages=warning"))
        self.name = "switchboard"
        self.create(self.name)
        self.crowd = []

    def spawn(self, name, *arguments):
        log = (self.folder / "log").open("ab")
        return subprocess.Popen(self.command(name, *arguments), stderr=log, stdout=log, cwd="/")

    def processes(self):
        """All processes whose working directory is its folder."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if os.readlink(entry / "cwd") == str(self.folder / "data"):
                        found.append(int(entry.name))
                except OSError:
                    pass
        return found

    def signal(self, number):
        for process in self.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def kill(self):
        """Kills all its processes at once."""
        deadline = time.monotonic() + 30
        while self.processes() and time.monotonic() < deadline:
            self.signal(signal.SIGKILL)
            time.sleep(0.02)
        self.process.wait()

    def occupy(self):
        """Takes all free connections; returns how many."""
        while True:
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
            words = b"user\0postgres\0database\0postgres\0\0"
            connection.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
            try:
                answer = connection.recv(1)
            except OSError:
                answer = b""
            if answer != b"R":
                connection.close()
                return len(self.crowd)
            self.crowd.append(connection)

    def leave(self):
        for connection in self.crowd:
            connection.close()
        self.crowd = []

    def rows(self, query):
        """The rows of a query, with columns as text."""
        return [line.split("\x1f") for line in self.sql_unaligned(query).splitlines()]

    def sql_unaligned(self, query):
        return subprocess.run(
            ["psql", "-qAtX", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", self.url(self.name)], input=query, capture_output=True, text=True,
            check=True).stdout

    def stop(self):
        self.leave()
        self.signal(signal.SIGCONT)
        self.kill()


class Link:
    """A TCP connection to a port of 127.0.0.1."""

    def __init__(self, target):
        self.target = target
        self.delay = 0.0
        self.is_refusing = False
        self.writers = set()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.serve, args=(ready,), daemon=True).start()
        ready.wait()

    def serve(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.take, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def take(self, reader, writer):
        if self.is_refusing:
            return writer.transport.abort()
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.transport.abort()
        pair = {writer, other_writer}
        self.writers |= pair
        await asyncio.gather(self.carry(reader, other_writer), self.carry(other_reader, writer))
        self.writers -= pair

    async def carry(self, reader, writer):
        try:
            while data := await reader.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    def cut(self):
        """Resets all present connections."""
        def abort():
            for writer in list(self.writers):
                writer.transport.abort()
        self.loop.call_soon_threadsafe(abort)
