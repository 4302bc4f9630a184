import ArgumentParser
import Journal
import Messaging

extension Measure {
    /// Measures the time to find a delivery by its id in a large journal, and to find that there is none. Each round has other deliveries.
    func measureIDs(among count: Int) async throws {
        let journal = try makeJournal("ids")
        let started = ContinuousClock.now
        for start in stride(from: 0, to: count, by: 1000) {
            let captures = (start..<min(start + 1000, count)).map { ReadCapture(Capture(marker), [message(of: $0 % 2000)]) }
            _ = try await journal.accept(captures)
        }
        print("filled: \(count) deliveries in \((ContinuousClock.now - started).components.seconds) s")
        let last = try await journal.reader.lastCaptures(CaptureFilter(), limit: 1).last?.position ?? 0
        for round in 0...rounds {
            var ids: [DeliveryID] = []
            while ids.count < lookups {
                let page = try await journal.reader.captures(CaptureFilter(), after: .random(in: 0..<max(1, last)), limit: 1)
                ids += page.map(\.id)
            }
            let found = try await times(of: ids, in: journal, areThere: true)
            let missed = try await times(of: ids.map { DeliveryID(bits: ($0.bits.high, ~$0.bits.low)) }, in: journal, areThere: false)
            // The first round fills the system's cache and is not reported.
            if round > 0 { print("round \(round), deliveries: \(percentiles(found)); ids of none: \(percentiles(missed))") }
        }
        try journal.close()
    }

    private func times(of ids: [DeliveryID], in journal: Journal, areThere: Bool) async throws -> [Duration] {
        var times: [Duration] = []
        for id in ids {
            let started = ContinuousClock.now
            let capture = try await journal.reader.capture(id)
            times.append(ContinuousClock.now - started)
            guard (capture?.id == id) == areThere else {
                print("what was found by an id is not what had to be found")
                throw ExitCode.failure
            }
        }
        return times
    }
}
