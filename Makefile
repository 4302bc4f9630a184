# Everything that is needed beyond a Swift 6.3 toolchain is installed by the targets themselves (.ci/packages).
.PHONY: run test manual migration faults histories chaos fuzz sanitize bench bench-sync bench-replay bench-flood bench-identities instructions console-check screenshots format clean

# Builds in release mode and serves on 127.0.0.1:8000; arguments for the gateway: make run ARGS="--port 8001"
run:
	@.ci/packages run
	swift build -c release --product switchboard
	@exec .build/release/switchboard serve $(ARGS)

# Checks the format, builds with warnings as errors and runs every test.
test:
	@.ci/packages test
	swift format lint --strict --recursive Sources Tests Package.swift
	swift build --build-tests
	swift test --skip-build
	Tests/API/check
	Tests/Documents/check
	Tests/Chaos/chaos --short

# Makes the manual page of what the program says of its own command line: .build/switchboard.1. Wants python3.
manual:
	@.ci/packages run
	swift build -c release --product switchboard
	.ci/manual .build/release/switchboard >.build/switchboard.1

# Writes Config/supabase/functions down as the next migration and enters it in the program and its tests, again and again until it is committed.
# make migration COLUMN="messages summary text" writes a script before it that adds the column: Docs/Architecture.md, A new column.
migration:
	@.ci/migration "$(COLUMN)" "$(VERSION)"

# Does to two gateways on one database what production may do to them, and looks afterwards for all that they acknowledged: Docs/Security.md.
chaos: export CHAOS_SECONDS ?= 600
chaos:
	@.ci/packages test
	swift build --product switchboard
	swift build --product postgrest-stand-in
	Tests/Chaos/chaos $(ARGS)

# Feeds what reads bytes from outside with mutated captures, FUZZ_SECONDS (60) a target; make fuzz ARGS="json har" takes these two. What fails
# one is kept in .build-fuzz/findings. Linked by lld: gold fails on the sanitizers' debug information.
fuzz:
	@.ci/packages run
	SWITCHBOARD_FUZZ=1 swift build -c release --product fuzz --scratch-path .build-fuzz -Xswiftc -enable-testing -Xswiftc -use-ld=lld \
		-Xswiftc -sanitize=fuzzer,address -Xcxx -fsanitize=fuzzer-no-link,address
	Tests/Fuzz/run $(ARGS)

# Runs the tests under Address Sanitizer, then under Thread Sanitizer; make sanitize ARGS="thread --filter JournalTests" runs a part.
sanitize:
	@.ci/packages test
	Tests/sanitize $(ARGS)

# Fails every call that the journal makes of the system, one after the other, and random histories besides: Docs/Security.md.
# SWITCHBOARD_SEED=<number> runs the same again.
faults:
	@.ci/packages test
	swift build -c release --product journal-faults
	.build/release/journal-faults --whole --histories 120 $(ARGS)

# Tries random histories of two instances on one database: whose session it is, whatever comes in whatever order. A history that goes wrong is
# shown as short as it was found, as the code of a test. SWITCHBOARD_SEED=<number> tries the same again.
histories: export SWITCHBOARD_HISTORIES ?= 300
histories:
	@.ci/packages test
	swift build --build-tests
	swift test --skip-build --filter SessionHistoryTests

# Measures signed webhooks beside the server's no-op and beside a service on FastAPI and PostgreSQL: Docs/Performance.md.
# make bench ARGS=--quick is good for a look.
bench:
	@.ci/packages bench
	swift build -c release --product switchboard
	Tests/Benchmarks/webhooks $(ARGS)

# Measures the way from the journal to PostgreSQL: Docs/Performance.md.
bench-sync:
	@.ci/packages bench
	swift build -c release --product switchboard
	swift build -c release --product postgrest-stand-in
	Tests/Benchmarks/sync $(ARGS)

# Measures captures: into a journal, compressed, compared with what is stored of them.
bench-replay:
	@.ci/packages bench
	swift build -c release --product switchboard
	Tests/Benchmarks/replay $(ARGS)

# Measures what a flood on one account does to another's webhooks.
bench-flood:
	@.ci/packages bench
	swift build -c release --product switchboard
	Tests/Benchmarks/flood $(ARGS)

# Measures how the contact of a message is found among half a million.
bench-identities:
	@.ci/packages bench
	swift build -c release --product switchboard
	Tests/Benchmarks/identities $(ARGS)

# Counts the instructions of reading and of storing a webhook by valgrind, and fails where one has become dearer: Docs/Performance.md.
# make instructions ARGS=--write writes the counts down as what they are compared with.
instructions:
	@.ci/packages instructions
	swift build -c release --product switchboard
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
