"""Does in a clean Debian 12 what Config/Dockerfile says, without Docker and its registry: the last stage line by line, with the package that
is checked in the place of what the first stage makes."""
import fnmatch
import json
import re
import shlex
import shutil
import socket
import subprocess

import gateway
from machine import ROOT, Machine

DOCKERFILE = ROOT / "Config/Dockerfile"
SETTINGS, SECRETS = "/etc/switchboard/switchboard.yaml", "/etc/switchboard/environment"


def instructions():
    """(keyword, the rest of its line) of each instruction, its lines joined."""
    text = "\n".join(line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#"))
    return [tuple(line.split(None, 1)) for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def stages():
    found = []
    for keyword, rest in instructions():
        if keyword == "FROM":
            found.append([])
        if found:
            found[-1].append((keyword, rest))
    return found


class Image:
    """What the instructions of a stage make: a machine's files, and how its program is started."""

    def __init__(self, check, package):
        self.check = check
        self.package = package
        self.machine = Machine()
        self.user, self.folder, self.entry, self.arguments, self.health = "0:0", "/", [], [], []
        self.volumes, self.ports = [], []

    def run(self, rest):
        mount = re.match(r"--mount=(\S+)\s+(.*)", rest, re.S)
        script, folder = (mount.group(2), None) if mount else (rest, None)
        if mount:
            options = dict(option.split("=", 1) for option in mount.group(1).split(","))
            self.check.expect(
                (options["type"], options["from"], options["source"]) == ("bind", "build", "/src/.build-deb"),
                "the image mounts the folder in which .ci/deb leaves the package", mount.group(1))
            folder = self.machine.path(options["target"])
            folder.mkdir()
            shutil.copy(self.package, folder)
        self.check.succeeds(f"RUN {script}", self.machine.run("sh", "-c", script))
        if folder:
            shutil.rmtree(folder)

    def take(self, keyword, rest):
        if keyword == "RUN":
            self.run(rest)
        elif keyword == "USER":
            self.user = rest
        elif keyword == "WORKDIR":
            self.folder = rest
        elif keyword == "ENTRYPOINT":
            self.entry = json.loads(rest)
        elif keyword == "CMD":
            self.arguments = json.loads(rest)
        elif keyword == "HEALTHCHECK":
            self.health = json.loads(rest.partition(" CMD ")[2])
        elif keyword == "VOLUME":
            self.volumes.append(rest)
        elif keyword == "EXPOSE":
            self.ports.append(rest)
        elif keyword not in ("FROM", "STOPSIGNAL"):
            self.check.expect(False, f"this test knows the instruction {keyword}")

    def script(self, words):
        return ["sh", "-c", f"cd {self.folder} && exec {shlex.join(words)}"]


def address():
    """One of this machine's addresses that is not loopback; None if there is none."""
    found = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    return next((name for name in found if ":" not in name), None)


def check(check):
    build, last = stages()
    makes = [rest for keyword, rest in build if keyword == "RUN"]
    check.expect(any(".ci/deb" in rest.split() for rest in makes), "the first stage makes the package by .ci/deb", f"{makes}")
    check.expect(fnmatch.fnmatch(check.package.name, "switchboard_*.deb"), "the package has the name that the image installs")
    image = Image(check, check.package)
    for keyword, rest in last:
        image.take(keyword, rest)
    machine = image.machine
    check.expect(image.user == "900:900", "the image has a user of its own, by number", image.user)
    found = machine.run("id", "switchboard")[1].strip()
    check.expect(found.startswith("uid=900(switchboard) gid=900(switchboard)"), "the package takes the image's user", found)
    check.expect(image.volumes == ["/var/lib/switchboard"] and image.ports == ["8000"], "the journal is on a volume, 8000 is open")
    code, told = machine.run(*image.script(image.entry + image.arguments), user=image.user)
    check.expect(code == 2 and "accounts" in told, "a container without accounts does not start, and says why", told)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    gateway.configure(machine, SETTINGS, SECRETS, port)
    process = machine.serve(port, *image.script(image.entry + image.arguments), user=image.user)
    answer = gateway.post(port)
    check.expect(answer == (200, {"accepted": 1, "duplicates": 0}), "the container answers a signed webhook", f"{answer}")
    if address():
        with socket.create_connection((address(), port), timeout=10) as connection:
            check.expect(connection.getpeername()[1] == port, "the container listens on all of its addresses")
    check.succeeds("the health check succeeds", machine.run(*image.script(image.health), user=image.user))
    owner = machine.run("stat", "-c", "%U", "/var/lib/switchboard/journal.sqlite")[1].strip()
    check.expect(owner == "switchboard", "the journal belongs to the container's user", owner)
    process.terminate()
    check.expect(process.wait(60) == 0, "the container stops by SIGTERM", machine.log)
    code, told = machine.run(*image.script(image.health), user=image.user)
    check.expect(code == 1, "the health check of a stopped container fails", told)
