"""What happened: the faults, what was acknowledged and refused, what the gateways logged, and what should not have been."""
import collections
import contextlib
import json
import re
import threading
import time

# A log line with level warning or error needs a fault that explains it: one of its gateway or of the database, at most this many seconds
# ago.
GRACE = 40
JOURNAL = {"lock", "full", "verbs"}
DATABASE = {"postgres killed", "postgres frozen", "slow link", "cut link", "no connections", "table locked", "backends ended", "stop"}
EXPLAINED = [
    ("error", r"a transaction of the journal failed", JOURNAL),
    ("error", r"request refused", JOURNAL),
    ("warning", r"request refused", DATABASE | JOURNAL),
    ("error", r"the periodic clean-up of the journal failed", JOURNAL),
    ("error", r"the position of the sync could not be saved in the journal", JOURNAL),
    ("error", r"the rows that wait for Supabase could not be read from the journal", JOURNAL),
    ("error", r"the journal's write-ahead log cannot be copied back", JOURNAL | {"reader"}),
    ("warning", r"could not save to Supabase", DATABASE | JOURNAL),
    ("warning", r"Supabase does not answer: messages wait in the journal", DATABASE),
    ("warning", r"sessions had times in the future and were corrected", {"clock"}),
    # The drill reloads no settings.
    ("error", r"the changed settings cannot be used", set()),
    ("warning", r"some changed settings need a restart", set()),
    # Everything that the drill sends can be read, whatever the faults.
    ("warning", r"an item of a provider's webhook cannot be read", set()),
    # The drill posts only to existing accounts.
    ("warning", r"a request (came to the path of a webhook|that looks like a webhook|came to a webhook's path)", set()),
    # The drill's gateways have not run long enough to know what is usual.
    ("warning", r"webhooks of an account have stopped coming", set()),
    ("warning", r"files of the journal belong to another user", JOURNAL),
    # The drill's settings have accounts.
    ("warning", r"accounts for development are (in use|no longer in use)", set()),
    # The drill has no collector.
    ("warning", r"spans could not be sent to the collector", set()),
    # Only the drill's own user can read its settings.
    ("warning", r"other users can read or change the gateway's settings or secrets", set()),
]
# Lines that need no fault: limits of the machine, and effects of a busy machine.
HARMLESS = (
    r"the limit of open files allows fewer connections|Supabase (did not answer|rejected) a question about a session|"
    r"(an event loop|the journal's writer) (is|was) blocked")
# Lines that are not JSON: the errors of a gateway that cannot start.
PLAIN = [(r"^switchboard: journal (unusable|unavailable)", JOURNAL)]
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
PHONE = re.compile(r"98765\d{5}")


class Book:
    def __init__(self):
        self.turn = threading.RLock()
        self.faults = collections.Counter()
        self.windows = []
        self.counts = collections.Counter()
        self.violations = []
        self.parcels = []
        self.starts = []
        self.ended_sessions = set()
        self.tokens = set()
        self.kinds_of_lines = collections.Counter()

    def violation(self, text):
        with self.turn:
            self.violations.append(text)
            if len(self.violations) <= 20:
                print(f"  VIOLATION {text}", flush=True)

    def count(self, what, number=1):
        with self.turn:
            self.counts[what] += number

    @contextlib.contextmanager
    def fault(self, kind, gateway=None):
        """A fault while the block runs, of a gateway, or of the database if `gateway` is None."""
        window = [kind, gateway, time.monotonic(), None]
        with self.turn:
            self.faults[kind] += 1
            self.windows.append(window)
        try:
            yield
        finally:
            window[3] = time.monotonic()

    def is_explained(self, kinds, gateway, grace=GRACE):
        now = time.monotonic()
        with self.turn:
            return any(
                kind in kinds and where in (None, gateway) and (end is None or now < end + grace)
                for kind, where, _, end in self.windows)

    def logged(self, gateway, line):
        self.check_privacy(gateway, line)
        try:
            entry = json.loads(line)
            # A summary of omitted lines is logged up to a minute after them, and has the same explanation.
            level, message = entry["level"], entry.get("log.message", entry["message"])
            grace = GRACE + 60 if "log.message" in entry else GRACE
        except (ValueError, KeyError, TypeError):
            if line and not any(re.search(pattern, line) and self.is_explained(kinds, gateway) for pattern, kinds in PLAIN):
                self.violation(f"{gateway.name} printed: {line[:400]}")
            return
        if level in ("trace", "debug", "info", "notice"):
            return
        with self.turn:
            self.kinds_of_lines[f"{level}: {message}"] += 1
        if re.match(HARMLESS, message):
            return
        for expected, pattern, kinds in EXPLAINED:
            if level == expected and re.match(pattern, message) and self.is_explained(kinds, gateway, grace):
                return
        self.violation(f"{gateway.name} logged without a fault that explains it: {line[:600]}")

    def check_privacy(self, gateway, line):
        if match := PHONE.search(line):
            self.violation(f"{gateway.name} logged a phone ({match.group()}): {line[:400]}")
        for word in TOKEN.findall(line):
            if word in self.tokens:
                self.violation(f"{gateway.name} logged a session's token: {line[:400]}")

    def ended(self, gateway, code):
        """Records that a gateway ended unasked. That is allowed only if it could not start, with the exit code for that."""
        self.count("starts that failed")
        if code not in (2, 75) or not self.is_explained(JOURNAL, gateway):
            self.violation(f"{gateway.name} ended by itself with code {code}")
