# The targets install everything that they need in addition to a Swift 6.3 toolchain (.ci/packages).
# The Swift runtime is linked into the program: it needs no toolchain where it runs, and calls between the two are direct (Docs/Performance.md).
RELEASE = swift build -c release --static-swift-stdlib

.PHONY: run test manual deb deb-check migration faults histories chaos fuzz sanitize bench bench-sync bench-replay bench-flood bench-identities bench-events bench-console instructions console-check screenshots format clean

# Builds in release mode and serves on 127.0.0.1:8000; arguments for the gateway: make run ARGS="--port 8001"
run:
	@.ci/packages run
	$(RELEASE) --product switchboard
	@exec .build/release/switchboard serve $(ARGS)

# Checks the format, builds with warnings as errors, and runs all tests: 16 at a time, since most of them wait for a process, and waits have
# an end. If all were started at once, a step of a test could take minutes.
test:
	@.ci/packages test
	swift format lint --strict --recursive Sources Tests Package.swift
	swift build --build-tests
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16 swift test --skip-build
	Tests/API/check
	Tests/Documents/check
	Tests/Chaos/chaos --short

# Creates the manual page from the program's own description of its command line: .build/switchboard.1. Needs python3.
manual:
	@.ci/packages run
	$(RELEASE) --product switchboard
	.ci/manual .build/release/switchboard >.build/switchboard.1

# Makes a Debian package with Swift's runtime in the program, and prints its path: Docs/Operating.md, Install.
deb:
	@.ci/packages deb
	.ci/deb

# Installs the package in a clean Debian 12, upgrades, removes and purges it, and does what Config/Dockerfile says. As root.
deb-check: deb
	@.ci/packages deb-check
	Tests/Package/check .build-deb/switchboard_*.deb

# Writes Config/supabase/functions as the next migration and adds it to the program and its tests; can be repeated until it is committed.
# make migration COLUMN="messages summary text" also writes a script before it that adds the column: Docs/Architecture.md, A new column.
migration:
	@.ci/migration "$(COLUMN)" "$(VERSION)"

# Injects the faults of production into two gateways with one database, and checks afterwards that everything they acknowledged is stored:
# Docs/Security.md.
chaos: export CHAOS_SECONDS ?= 600
chaos:
	@.ci/packages test
	swift build --product switchboard
	swift build --product postgrest-stand-in
	Tests/Chaos/chaos $(ARGS)

# Feeds all readers of outside bytes with mutated captures, for FUZZ_SECONDS (60) per target; make fuzz ARGS="json har" selects these two.
# Failing inputs are kept in .build-fuzz/findings. Linked by lld, since gold fails on the sanitizers' debug information.
fuzz:
	@.ci/packages run
	SWITCHBOARD_FUZZ=1 swift build -c release --product fuzz --scratch-path .build-fuzz -Xswiftc -enable-testing -Xswiftc -use-ld=lld \
		-Xswiftc -sanitize=fuzzer,address -Xcxx -fsanitize=fuzzer-no-link,address
	Tests/Fuzz/run $(ARGS)

# Runs the tests with Address Sanitizer, then with Thread Sanitizer; make sanitize ARGS="thread --filter JournalTests" runs a part.
sanitize:
	@.ci/packages test
	Tests/sanitize $(ARGS)

# Makes every system call of the journal fail, one after the other, then runs random histories: Docs/Security.md. SWITCHBOARD_SEED=<number>
# repeats a run.
faults:
	@.ci/packages test
	$(RELEASE) --product journal-faults
	.build/release/journal-faults --whole --histories 120 $(ARGS)

# Runs random histories of two instances with one database, to check who gets which session whatever the order of events. A history that
# reveals a problem is shortened as far as possible and shown as the code of a test. SWITCHBOARD_SEED=<number> repeats a run.
histories: export SWITCHBOARD_HISTORIES ?= 300
histories:
	@.ci/packages test
	swift build --build-tests
	swift test --skip-build --filter SessionHistoryTests

# Measures signed webhooks beside the server's no-op and a service with FastAPI and PostgreSQL: Docs/Performance.md. make bench ARGS=--quick
# gives a first impression.
bench:
	@.ci/packages bench
	$(RELEASE) --product switchboard
	Tests/Benchmarks/webhooks $(ARGS)

# Measures how fast the journal's rows reach PostgreSQL: Docs/Performance.md.
bench-sync:
	@.ci/packages bench
	$(RELEASE) --product switchboard
	$(RELEASE) --product postgrest-stand-in
	Tests/Benchmarks/sync $(ARGS)

# Measures how fast captures are imported into a journal, compressed, and compared with what is stored of them.
bench-replay:
	@.ci/packages bench
	$(RELEASE) --product switchboard
	Tests/Benchmarks/replay $(ARGS)

# Measures the effect of a flood on one account on the webhooks of another account.
bench-flood:
	@.ci/packages bench
	$(RELEASE) --product switchboard
	Tests/Benchmarks/flood $(ARGS)

# Measures how the contact of a message is found among half a million.
bench-identities:
	@.ci/packages bench
	$(RELEASE) --product switchboard
	Tests/Benchmarks/identities $(ARGS)

# Measures what 200 readers of /events cost the senders of webhooks.
bench-events:
	@.ci/packages bench
	$(RELEASE) --product switchboard
	Tests/Benchmarks/events $(ARGS)

# Measures how long the console's requests take with ten thousand conversations and a million messages.
bench-console:
	@.ci/packages bench
	$(RELEASE) --product switchboard
	Tests/Benchmarks/console $(ARGS)

# Counts the instructions of reading and of storing a webhook with valgrind, and fails if one takes more than before: Docs/Performance.md.
# make instructions ARGS=--write makes the present counts the limits.
instructions:
	@.ci/packages instructions
	$(RELEASE) --product switchboard
	Tests/Benchmarks/instructions $(ARGS)

# Uses the console in a real browser (Debian's chromium), as an operator does: Tests/Console.
console-check:
	@.ci/packages console
	swift build --product switchboard
	Tests/Console/check $(ARGS)

# Takes the pictures of the console that README.md shows: Docs/images.
screenshots:
	@.ci/packages console
	swift build --product switchboard
	Tests/Console/check --screenshots $(ARGS)

format:
	swift format --in-place --recursive Sources Tests Package.swift

clean:
	rm -rf .build
