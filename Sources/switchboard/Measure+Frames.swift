import ArgumentParser
import Foundation
import Journal
import Logging
import Messaging
import Signing
import SwitchboardApp

// Counts frames of the write-ahead log. A frame contains one page, which is written once more when the log is copied back.
extension Measure {
    /// Measures the number of frames per message in a journal that already has this many messages.
    func measureFrames(among messages: Int, _ deliveries: [Delivery], _ adapter: any ChannelAdapter) async throws {
        let filling = try makeJournal("frames")
        let started = ContinuousClock.now
        try await fill(filling, with: messages) { $0 % 2000 }
        print("filled: \(messages) messages in \((ContinuousClock.now - started).components.seconds) s")
        try filling.close()
        var rest = deliveries[...]
        for width in [1, 16, 64] {
            let journal = try makeCountedJournal("frames")
            // One tenth of the repetitions is stored one at a time. Each delivery is used only once, since it would be a duplicate the
            // second time.
            let work = try rest.prefix(repetitions * (width == 1 ? 2 : 9) / 20).map { ($0, try adapter.events(in: $0)) }
            rest = rest.dropFirst(work.count)
            let before = frames(of: "frames")
            try await accept(work, in: journal, width: width)
            let count = frames(of: "frames") - before
            print("frames a message, \(width) at a time: \(hundredths(Double(count) / Double(work.count)))")
            try journal.close()
        }
    }

    /// Measures the frames and the time per message, with session times that are written with each transaction and with deferred ones, as
    /// in a gateway. Each phone already has a session; the messages arrive in no order of the phones, 64 per transaction.
    func measureSessionTimes(of phones: Int) async throws {
        var figures: [(frames: Double, time: Duration)] = []
        for (title, rows) in [("times of sessions written with each transaction", 0), ("times of sessions wait", nil)] {
            let name = rows == nil ? "waiting" : "written"
            let journal = try makeCountedJournal(name) { if let rows { $0.unwrittenRows = rows } }
            try await fill(journal, with: phones) { $0 }
            let work = (0..<(repetitions + 63) / 64 * 64).map { _ in (marker, [message(of: Int.random(in: 0..<phones))]) }
            let before = frames(of: name)
            let started = ContinuousClock.now
            try await accept(work, in: journal, width: 64)
            let time = (ContinuousClock.now - started) / work.count
            figures.append((Double(frames(of: name) - before) / Double(work.count), time))
            print("\(title): \(hundredths(figures.last?.frames ?? 0)) frames and \(microseconds(time)) µs a message")
            try journal.close()
        }
        let (written, waiting) = (figures[0], figures[1])
        print("frames: \(hundredths(written.frames - waiting.frames)) less; time: \(hundredths(waiting.time / written.time)) of it")
    }

    /// A journal opened like a gateway's, whose log is never restarted, so that its length counts all frames.
    private func makeCountedJournal(_ name: String, _ change: (inout Journal.Configuration) -> Void = { _ in }) throws -> Journal {
        try makeJournal(name) { configuration in
            configuration.access = .claimed
            configuration.maxLog = 64 << 30
            configuration.copyLogAt = 1 << 30
            change(&configuration)
        }
    }

    /// The log's header has 32 bytes, and each frame's header 24.
    private func frames(of name: String) -> Int {
        let size = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name).sqlite-wal")[.size] as? Int
        return max(0, (size ?? 0) - 32) / (4096 + 24)
    }

    /// Stores this many messages, a thousand per transaction; `phone` returns the number of each one's sender.
    private func fill(_ journal: Journal, with count: Int, _ phone: (Int) -> Int) async throws {
        for start in stride(from: 0, to: count, by: 1000) {
            _ = try await journal.accept(marker, (start..<min(start + 1000, count)).map { message(of: phone($0)) })
        }
    }

    var marker: Delivery {
        Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: .now, target: "/webhooks/whatsapp-cloud/main", headers: [],
            body: Array(repeating: 0x20, count: 500))
    }

    func message(of phone: Int) -> Event {
        let received = ReceivedPhone("9198\(10_000_000 + phone)")
        let text = "Does it come in another color? I would like to have it before the weekend."
        let message = Message(type: .text, sender: received.text, text: text, content: #"{"body":"\#(text)"}"#)
        return Event(
            externalID: "wamid.\(Hex.encode(SecureRandom.bytes(16)))", channel: .whatsapp, line: "106540352242922",
            party: Party(phone: received, displayName: "Sheena"), occurredAt: .now, effect: .moves, content: .message(message))
    }

    private func hundredths(_ value: Double) -> String { microseconds(.nanoseconds(Int((value * 1000).rounded()))) }
}
