"""A gateway as a process that a supervisor starts again, with a disk and a clock of its own."""
import json
import os
import pathlib
import resource
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request

SECRETS = {
    "whatsapp": "an-app-secret-for-chaos",
    "chat": "whsec_dGhlIHNlY3JldCBvZiB0aGUgY2hhdCBhY2NvdW50",
    "kiosk": "whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5",
    "client": "the-key-of-the-shop",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Disk:
    """A folder whose space can be used up: a small tmpfs if mounting is permitted, otherwise a limit on the size of the gateway's files."""

    def __init__(self, folder, size):
        self.folder = folder
        self.size = size
        folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
        self.is_mounted = os.geteuid() == 0 and subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 0

    @property
    def kind(self):
        return f"a tmpfs of {self.size >> 20} MiB" if self.is_mounted else "RLIMIT_FSIZE"

    def fill(self, process, spare):
        """Fills the disk except for `spare` bytes."""
        if self.is_mounted:
            with (self.folder / "ballast").open("wb", buffering=0) as ballast:
                # The gateway keeps writing meanwhile, so the free space may shrink at any moment.
                piece = self.free() - spare
                while piece >= 4096:
                    try:
                        os.posix_fallocate(ballast.fileno(), ballast.seek(0, os.SEEK_END), piece)
                        piece = self.free() - spare
                    except OSError:
                        piece //= 2
        else:
            files = [path.stat().st_size for path in self.folder.iterdir() if path.name.startswith("journal")]
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (max(files, default=0) + spare, resource.RLIM_INFINITY))

    def free(self):
        space = os.statvfs(self.folder)
        return space.f_bavail * space.f_frsize

    def empty(self, process):
        (self.folder / "ballast").unlink(missing_ok=True)
        if not self.is_mounted and process.poll() is None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def remove(self):
        if self.is_mounted:
            subprocess.run(["umount", "-l", self.folder])


class Clock:
    """The time of day as a process sees it, changed by a library that is loaded before libc."""

    def __init__(self, path, library):
        self.path = path
        self.library = library
        self.jumps = 0
        self.set(0)

    def set(self, seconds):
        """Sets how far it is ahead of the machine's clock. The file is changed in place, since the gateway has mapped it."""
        self.jumps += 1
        self.offset = seconds
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(descriptor, struct.pack("<q", int(seconds * 1000)), 0)
        os.close(descriptor)
        self.jumps += 1

    def stood_still(self, since):
        """Whether the clock has not jumped since the number of `jumps` was read, which is odd in the middle of a jump."""
        return since % 2 == 0 and self.jumps == since

    @property
    def environment(self):
        return {"LD_PRELOAD": str(self.library), "CHAOS_CLOCK": str(self.path)}

    def now(self):
        return time.time() + self.offset


class Gateway:
    """`switchboard serve` on one port and one journal, restarted whenever it ends, as systemd would do."""

    def __init__(self, name, binary, folder, disk, clock, supabase, book):
        self.name = name
        self.binary = binary
        self.folder = folder
        self.disk = disk
        self.clock = clock
        self.book = book
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.journal = disk.folder / "journal.sqlite"
        self.settings = folder / "switchboard.yaml"
        self.log = folder / "log"
        self.settings.write_text(
            f"server: {{ port: {self.port} }}\n"
            f"journal: {{ path: '{self.journal}', min_free_space: 1MiB, compress_after: 10s, keep: 60s, max_size: 24MiB }}\n"
            "accounts:\n"
            f"  - {{ adapter: whatsapp-cloud, name: main, secrets: ['{SECRETS['whatsapp']}'] }}\n"
            f"  - {{ adapter: chat, name: main, secrets: ['{SECRETS['chat']}'] }}\n"
            f"  - {{ adapter: kiosk, name: lobby, secrets: ['{SECRETS['kiosk']}'] }}\n"
            f"clients: [{{ name: shop, key: '{SECRETS['client']}' }}]\n"
            f"supabase: {supabase}\nlog: {{ level: info, format: json }}\n")
        self.turn = threading.RLock()
        self.is_wanted = False
        self.is_over = False
        self.process = None
        self.readers = []
        self.supervisor = threading.Thread(target=self.supervise, daemon=True)
        self.start()
        self.supervisor.start()

    def start(self):
        with self.turn:
            self.is_wanted = True
            self.is_listening = False
            # This makes SQLite get EFBIG at the limit instead of a signal.
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", self.binary, "serve", "--config", self.settings],
                env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **self.clock.environment},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder)
            reader = threading.Thread(target=self.read_log, args=(self.process.stderr,), daemon=True)
            reader.start()
            self.readers.append(reader)

    def read_log(self, pipe):
        with self.log.open("ab") as file, pipe:
            for line in pipe:
                file.write(line)
                file.flush()
                self.is_listening = self.is_listening or b"the gateway listens" in line
                self.book.logged(self, line.decode(errors="replace").rstrip("\n"))

    def supervise(self):
        while not self.is_over:
            time.sleep(0.05)
            with self.turn:
                if self.is_wanted and self.process.poll() is not None:
                    self.book.ended(self, self.process.returncode)
                    time.sleep(0.2)
                    self.start()

    def kill(self):
        with self.turn:
            self.is_wanted = False
            self.process.kill()
            self.process.wait()

    def terminate(self):
        """Asks it to end within 30 seconds; returns its exit code."""
        with self.turn:
            self.is_wanted = False
            self.process.terminate()
            return self.process.wait(timeout=30)

    def signal(self, number):
        with self.turn:
            if self.process.poll() is None:
                self.process.send_signal(number)

    def readiness(self, timeout=15):
        """The status and the body of /readyz; None if there is no answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return None

    def run(self, *arguments, timeout=120):
        """Runs a verb beside the gateway."""
        words = [self.binary, *arguments, "--config", self.settings]
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout, cwd=self.folder)

    def end(self):
        self.is_over = True
        if self.supervisor.is_alive():
            self.supervisor.join()
        self.signal(signal.SIGCONT)
        if self.process.poll() is None:
            self.kill()
        for reader in self.readers:
            reader.join(timeout=5)


def build_clock(folder):
    """Compiles the library `clock.c`."""
    library = folder / "clock.so"
    source = pathlib.Path(__file__).resolve().with_name("clock.c")
    subprocess.run(["cc", "-Wall", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    return library
