import Foundation
import Journal
import Logging
import Messaging
import SwitchboardApp

extension Measure {
    /// What captures cost: taken again into a journal, compressed, read, and compared with what is stored.
    func captures(_ deliveries: [Delivery], _ adapter: any ChannelAdapter) async throws {
        let old = deliveries.map { delivery in
            var delivery = delivery
            delivery.receivedAt = delivery.receivedAt.adding(.seconds(-2 * 86_400))
            return delivery
        }
        let journal = try Journal(
            Journal.Configuration(path: "\(folder)/captures.sqlite", compressAfter: .seconds(86_400)),
            logger: Logger(label: "measure") { _ in SwiftLogNoOpLogHandler() })
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
        let captures = try deliveries.map { CapturedDelivery($0, try adapter.events(in: $0)) }
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
