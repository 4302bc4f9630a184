"""Checks what the documents refer to: pages and headings, make targets, files, test suites, each test that Docs/Identity.md names, and each
log message in the tables of Docs/Operating.md."""
import os
import re

from machine import ROOT

DOCUMENTS = ["README.md", "Webhooks/README.md", "Tests/SessionRules/README.md"] + sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "Docs").rglob("*.md"))
# The documents use these names for adapters that do not exist.
EXAMPLES = ("Telegram", "Acme", "<")


def text(document):
    return (ROOT / document).read_text()


def prose(document):
    return re.sub(r"^ *```.*?^ *```$", "", text(document), flags=re.S | re.M)


def anchors(document):
    headings = re.findall(r"^#+ (.*)$", prose(document), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(document), file)) if file else document
        if not (ROOT / target).exists() or anchor and anchor not in anchors(target):
            yield f"the link {link} leads nowhere"


def unknown_targets(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for target in re.findall(r"(?:`|^|[A-Z_]=\S+ )make ([a-z-]+)", text(document), re.M):
        if target not in targets:
            yield f"there is no target {target} in the Makefile"


def missing_files(document, tests):
    """Missing files that the document names: paths from the checkout's root, from Sources, or from a module of Sources, and suites and
    modules of tests."""
    modules = {path.name for path in (ROOT / "Sources").iterdir()} | {path.name for path in (ROOT / "Sources/Channels").iterdir()}
    for name in re.findall(r"`([\w./+-]+)`", prose(document)):
        first, _, rest = name.partition("/")
        if any(example in name for example in EXAMPLES):
            continue
        if rest and first in ("Sources", "Tests", "Webhooks", "Config", "Docs", ".ci"):
            places = [ROOT / name]
        elif rest and first in modules:
            places = [ROOT / folder / name for folder in ("Sources", "Sources/Channels", "Tests")]
        elif re.match(r"[A-Z]\w+(/\w+)*Tests$", name):
            if name.rpartition("/")[2] not in tests:
                yield f"there is no suite {name}"
            continue
        else:
            continue
        if not any(place.exists() or place.with_suffix(".swift").exists() for place in places):
            yield f"there is no {name}"


def unknown_tests():
    """The missing ones of the tests that Docs/Identity.md gives for its rules: `Suite`: title · title · rules: title."""
    sources = "\n".join(path.read_text() for path in (ROOT / "Tests").rglob("*") if path.suffix in (".swift", ".json"))
    tables = re.findall(r"^\|.*\| test \|\n\|[-|]+\|\n((?:\|.*\n)+)", text("Docs/Identity.md"), re.M)
    for cell in re.findall(r"^\|.*\| ([^|]*) \|$", "".join(tables), re.M):
        for title in cell.split(" · "):
            title = re.sub(r"^(at another .*, |rules: |`.*?Tests`( of `.*?Tests`)?(: |$))*", "", title)
            if re.match(r"[A-Z]", title) and title not in sources:
                yield f"there is no test {title}"


def unknown_messages():
    """The messages in the first column of the tables about the log, up to an ellipsis, that no literal in the sources has."""
    sources = "\n".join(path.read_text() for path in (ROOT / "Sources").rglob("*.swift"))
    # A string literal may continue on the next line.
    sources = re.sub(r'"\s*\+ "|\\\n\s*', "", sources)
    for cell in re.findall(r"^\| ((?:error|warning|notice|info|any level),? .*?|`session .*?) \|", text("Docs/Operating.md"), re.M):
        for message in re.findall(r"`([^`]+)`", cell):
            if not re.fullmatch(r"[a-z_]+\.[a-z_]+", message) and message.strip("… ") not in sources:
                yield f"nothing logs {message}"


def problems():
    tests = {path.stem for path in (ROOT / "Tests").rglob("*")}
    for document in DOCUMENTS:
        for found in [broken_links(document), unknown_targets(document), missing_files(document, tests)]:
            yield from (f"{document}: {problem}" for problem in found)
    yield from (f"Docs/Identity.md: {problem}" for problem in unknown_tests())
    yield from (f"Docs/Operating.md: {problem}" for problem in unknown_messages())
