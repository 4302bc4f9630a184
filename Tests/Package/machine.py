"""A clean Debian 12 in a folder: debootstrap's smallest, with the apt sources of this machine. Wants root."""
import atexit
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Made once and copied for each machine.
BASE = ROOT / ".build-deb/debian"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def mirror():
    """Where this machine gets Debian 12 from."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Codename: bookworm",
         "Component: main"], check=True, capture_output=True, text=True).stdout.split()
    return told[0] if told else sys.exit("no source of Debian 12 (bookworm) in /etc/apt: sources.list(5); then apt-get update")


def make_base():
    if (BASE / "ready").exists():
        return
    shutil.rmtree(BASE, ignore_errors=True)
    root = BASE / "root"
    root.mkdir(parents=True)
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root, mirror()], check=True, stdout=sys.stderr)
    # The same sources, and what it takes to reach them.
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for name in ["etc/apt/sources.list.d", "etc/apt/apt.conf.d", "etc/apt/auth.conf.d", "usr/share/keyrings", "etc/ssl/certs"]:
        if pathlib.Path("/", name).is_dir():
            shutil.copytree(f"/{name}", root / name, symlinks=True, dirs_exist_ok=True)
    for name in ["etc/apt/sources.list", "etc/hosts", "etc/resolv.conf"]:
        if pathlib.Path("/", name).exists():
            shutil.copy(f"/{name}", root / name)
    (BASE / "ready").touch()


class Machine:
    """A copy of the clean Debian. Everything that was started in it ends with this program."""

    def __init__(self):
        make_base()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchboard-package-"))
        self.root = self.folder / "root"
        self.processes = []
        atexit.register(self.remove)
        subprocess.run(["cp", "-a", BASE / "root", self.root], check=True)
        subprocess.run(["mount", "--bind", "/dev", self.root / "dev"], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)

    def remove(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for name in ["proc", "dev"]:
            subprocess.run(["umount", "--lazy", self.root / name], check=False)
        # Whatever is still mounted is left alone.
        subprocess.run(["rm", "-rf", "--one-file-system", self.folder], check=False)

    def path(self, name):
        return self.root / name.lstrip("/")

    def command(self, arguments, user):
        return ["chroot", *([f"--userspec={user}"] if user else []), str(self.root), *arguments]

    def environment(self, variables):
        proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        return {"PATH": PATH, "HOME": "/", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **proxies, **(variables or {})}

    def run(self, *arguments, user=None, variables=None):
        """Runs a command to its end; its exit code, and what it printed, errors last."""
        outcome = subprocess.run(
            self.command(arguments, user), env=self.environment(variables), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return outcome.returncode, outcome.stdout + outcome.stderr

    def start(self, *arguments, user=None, variables=None):
        """Starts a command; its output is in the file that `log` reads."""
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                self.command(arguments, user), env=self.environment(variables), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    @property
    def log(self):
        return (self.folder / "log").read_text()

    def serve(self, port, *arguments, user, variables=None):
        """Starts a gateway and returns once it answers."""
        process = self.start(*arguments, user=user, variables=variables)
        for _ in range(1500):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10):
                    return process
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None:
                    break
                time.sleep(0.02)
        sys.exit(f"the gateway does not start: {self.log}")
