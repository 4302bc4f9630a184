import ArgumentParser
import Foundation
import Journal
import Logging
import Messaging
import PhoneNumbers
import Signing
import SwitchboardApp

/// `switchboard measure`: the time of each step of a delivery, one after the other on one thread.
struct Measure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the steps of processing a delivery.", discussion: "Example: switchboard measure --folder /tmp/measure",
        shouldDisplay: false)

    @Option(help: "The folder for the journal of the measurement; it should not exist yet.")
    var folder: String

    @Option(help: "The number of repetitions of each step.")
    var repetitions = 20_000

    @Option(help: "Instead, measure how the contacts of messages are found, in a journal with this many.")
    var contacts: Int?

    @Option(help: "Instead, measure how many frames of the write-ahead log a message takes, in a journal with this many messages.")
    var frames: Int?

    @Option(help: "Instead, measure the cost of messages from this many phones, with session times written at once and deferred.")
    var sessionTimes: Int?

    @Option(help: "Instead, measure how deliveries are found by their ids, in a journal with this many.")
    var ids: Int?

    @Option(help: "Instead, run only this step, so that its instructions can be counted.")
    var step: Step?

    @Option(help: "The number of contacts or deliveries that are looked up in each round.")
    var lookups = 20_000

    @Option(help: "The number of rounds of lookups.")
    var rounds = 3

    func validate() throws {
        let counts = [repetitions, contacts ?? 1, sessionTimes ?? 1, ids ?? 1, lookups, rounds]
        guard counts.allSatisfy({ $0 > 0 }), frames ?? 0 >= 0 else { throw ValidationError("numbers are at least 1") }
        let others = [contacts, frames, sessionTimes, ids].compactMap { $0 }
        guard others.count + (step == nil ? 0 : 1) <= 1 else {
            throw ValidationError("--contacts, --frames, --session-times, --ids and --step are measured one at a time")
        }
        guard step == nil || repetitions <= Self.preparedDeliveries else {
            throw ValidationError("--step is repeated at most \(Self.preparedDeliveries) times: --repetitions")
        }
        // A phone has eight variable digits here, the first of which is never 0.
        guard max(contacts ?? 1, sessionTimes ?? 1) <= 90_000_000 else { throw ValidationError("there are at most 90000000 contacts") }
    }

    func run() async throws {
        if let contacts { return try await measureLookups(among: contacts) }
        if let phones = sessionTimes { return try await measureSessionTimes(of: phones) }
        if let ids { return try await measureIDs(among: ids) }
        let account = Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret("a secret for benchmarks")])
        let adapter = try AdapterRegistry.shipped.makeAdapter(for: account)
        if let step { return try await repeatStep(step, of: account, adapter) }
        let deliveries = (0..<repetitions).map { delivery($0, of: account, signedBy: adapter) }
        if let frames { return try await measureFrames(among: frames, deliveries, adapter) }
        try steps(deliveries, adapter)
        for width in [1, 16, 64] { try await journal(deliveries, adapter, width: width) }
        try await captures(deliveries, adapter)
    }

    private func steps(_ deliveries: [Delivery], _ adapter: any ChannelAdapter) throws {
        try report("authenticate (HMAC-SHA256 over \(deliveries[0].body.count) bytes)") {
            for delivery in deliveries { _ = try adapter.authenticate(delivery, at: delivery.receivedAt) }
        }
        try report("read the events (simdjson)") {
            for delivery in deliveries { _ = try adapter.events(in: delivery) }
        }
        report("digest of the unique key (SHA-256)") {
            let key = Array("whatsapp-cloud\0main\0wamid.HBgM0123456789ABCDEF0123456789ABCDEF".utf8)
            for _ in deliveries { _ = Digest.sha256(key) }
        }
        report("phone of an unknown sender (libphonenumber)") {
            for index in deliveries.indices { _ = PhoneNumber(international: "9198\(10_000_000 + index)") }
        }
    }

    /// Stores `width` deliveries at a time, as if they waited for the same commit, from 2,000 phones, so that most senders are known.
    private func journal(_ deliveries: [Delivery], _ adapter: any ChannelAdapter, width: Int) async throws {
        let journal = try makeJournal("\(width)")
        let work = try deliveries.prefix(width == 1 ? repetitions / 10 : repetitions).map { ($0, try adapter.events(in: $0)) }
        let started = ContinuousClock.now
        try await accept(work, in: journal, width: width)
        tell("into the journal, durable, \(width) at a time", work.count, ContinuousClock.now - started)
        try journal.close()
    }

    /// Stores `width` deliveries at a time, which share a transaction.
    func accept(_ work: [(delivery: Delivery, events: [Event])], in journal: Journal, width: Int) async throws {
        for start in stride(from: 0, to: work.count, by: width) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (delivery, events) in work[start..<min(start + width, work.count)] {
                    group.addTask { _ = try await journal.accept(delivery, events) }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Creates a journal in the folder that logs nothing.
    func makeJournal(
        _ name: String, compressAfter: Duration? = nil, _ change: (inout Journal.Configuration) -> Void = { _ in },
        now: @escaping TimeSource = { .now }
    ) throws -> Journal {
        var configuration = Journal.Configuration(
            path: "\(folder)/\(name).sqlite", adapters: AdapterRegistry.shipped.traits, compressAfter: compressAfter)
        change(&configuration)
        return try Journal(configuration, logger: Logger(label: "measure") { _ in SwiftLogNoOpLogHandler() }, now: now)
    }

    private func report(_ step: String, _ body: () throws -> Void) rethrows {
        let started = ContinuousClock.now
        try body()
        tell(step, repetitions, ContinuousClock.now - started)
    }

    private func tell(_ step: String, _ count: Int, _ time: Duration) {
        print("\(step): \(microseconds(time / count)) µs")
    }

    /// Microseconds with two decimals: `2.16`.
    func microseconds(_ time: Duration) -> String {
        let hundredths = Int(time / .nanoseconds(10))
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// A signed message. Of each 2,000 messages, every one is from another phone.
    func delivery(
        _ index: Int, of account: Account, signedBy adapter: any ChannelAdapter, id: [UInt8] = SecureRandom.bytes(16),
        at now: Instant = .now
    ) -> Delivery {
        let phone = "9198\(10_000_000 + index * 7919 % 2000)"
        let body = """
            {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp",\
            "metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Sheena"},\
            "wa_id":"\(phone)"}],"messages":[{"from":"\(phone)","id":"wamid.\(Hex.encode(id))","timestamp":"1795374312",\
            "type":"text","text":{"body":"Does it come in another color? I would like to have it before the weekend."}}]},\
            "field":"messages"}]}]}
            """
        var delivery = Delivery(
            adapter: account.adapter, account: account.name, receivedAt: now, target: account.path,
            headers: [Delivery.Header("content-type", "application/json")], body: Array(body.utf8))
        delivery.headers += adapter.signatureHeaders(for: delivery, at: delivery.receivedAt)
        return delivery
    }
}

extension Measure {
    /// Measures captures: importing them into a journal, compressing, reading, and comparing them with what is stored.
    private func captures(_ deliveries: [Delivery], _ adapter: any ChannelAdapter) async throws {
        let old = deliveries.map { delivery in
            var delivery = delivery
            delivery.receivedAt = delivery.receivedAt.adding(.seconds(-2 * 86_400))
            return delivery
        }
        let journal = try makeJournal("captures", compressAfter: .seconds(86_400))
        try await take(old, adapter, into: journal)
        var started = ContinuousClock.now
        let compressed = try await journal.compressDeliveries()
        tell("into blocks", compressed, ContinuousClock.now - started)
        started = .now
        let (count, readTime, reading, comparing) = try await compare(journal.reader, adapter)
        tell("out of blocks", count, readTime)
        tell("read again by the adapter", count, reading)
        tell("compared with what is stored", count, comparing)
        tell("all of it, one after the other", count, ContinuousClock.now - started)
        try journal.close()
    }

    private func take(_ deliveries: [Delivery], _ adapter: any ChannelAdapter, into journal: Journal) async throws {
        let captures = try deliveries.map { ReadCapture(Capture($0), try adapter.events(in: $0)) }
        let started = ContinuousClock.now
        for start in stride(from: 0, to: captures.count, by: 1024) {
            _ = try await journal.accept(Array(captures[start..<min(start + 1024, captures.count)]))
        }
        tell("captures into the journal", captures.count, ContinuousClock.now - started)
    }

    private func compare(
        _ reader: JournalReader, _ adapter: any ChannelAdapter
    ) async throws -> (count: Int, Duration, Duration, Duration) {
        var (count, position) = (0, Int64(0))
        var times = (Duration.zero, Duration.zero, Duration.zero)
        while true {
            let started = ContinuousClock.now
            let captures = try await reader.captures(CaptureFilter(), after: position, limit: 900)
            let read = ContinuousClock.now
            let made = try captures.map { ReadCapture($0, try adapter.events(in: $0.delivery)) }
            let understood = ContinuousClock.now
            let differences = try await reader.differences(made)
            times.0 += read - started
            times.1 += understood - read
            times.2 += ContinuousClock.now - understood
            guard let last = captures.last else { return (count, times.0, times.1, times.2) }
            if !differences.isEmpty { print("\(differences.count) differences") }
            position = last.position
            count += captures.count
        }
    }
}
