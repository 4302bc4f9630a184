"""Latencies at constant rates that do not wait for answers (open_loop.c).

The gateway and the peer, each at shares of the peak that was measured for it, and the gateway at the peer's rates.
"""
import statistics
from collections.abc import Iterator

from harness import WEBHOOK, Gateway, open_loop
from peer.process import Peer
from table import Figures, head, row

SHARES = (30, 60, 90)  # percent of a peak
LATE = 0.1  # the largest lateness of the load generator at p99, as a part of the server's p99
COLUMNS = [
    ("answers/s", "rate", ".0f"), ("p50 ms", "p50", ".2f"), ("p99 ms", "p99", ".2f"), ("p99.9 ms", "p999", ".2f"), ("max ms", "max", ".2f"),
    ("generator: late p99 ms", "late_p99", ".3f"), ("cores", "processor", ".2f"), ("most waiting", "waited", ".0f")]
WIDTH = 32


def measure(
    gateway: Gateway, peer: Peer, peaks: dict[str, float], rounds: int, seconds: int, connections: int
) -> Iterator[tuple[str, Figures]]:
    """The name of the server and the figures of each run; prints the table at the end."""
    runs: dict[tuple[str, int], list[Figures]] = {}
    ways = {"gateway": (gateway, peaks["gateway"]), "peer": (peer, peaks["peer"]), "gateway at the peer's rate": (gateway, peaks["peer"])}
    for number in range(rounds):
        for share in SHARES:
            for name in list(ways) if number % 2 == 0 else reversed(ways):
                server, peak = ways[name]
                figures = open_loop(server, WEBHOOK, round(peak * share / 100), seconds, connections)
                runs.setdefault((name, share), []).append(figures)
                yield "peer" if server is peer else "gateway", figures
    print(f"\nConstant rates, {connections} connections, latencies from the moment at which a request had to be sent")
    print(f"  medians of {rounds} rounds of {seconds} s; max and most waiting are the largest of all rounds")
    print(head(COLUMNS, "share of its peak", WIDTH))
    for name in ways:
        for share in SHARES:
            print(line(f"{name}, {share} %", runs[name, share]), flush=True)


def line(label: str, rounds: list[Figures]) -> str:
    figures = {name: statistics.median(run[name] for run in rounds) for name in rounds[0]}
    figures |= {name: max(run[name] for run in rounds) for name in ("max", "waited")}
    remark = "  the generator was late" if figures["late_p99"] > figures["p99"] * LATE else ""
    return row(COLUMNS, label, WIDTH, figures) + remark
