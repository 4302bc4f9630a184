import ArgumentParser
import Foundation
import Journal
import Logging
import Messaging
import SwitchboardApp

extension Measure {
    /// How many frames of the write-ahead log, of a page each, one message costs in a journal that has so many: what is written once there is written
    /// once more when the log is copied back. The log is kept whole meanwhile, so that its length counts them.
    func measureFrames(among messages: Int, _ deliveries: [Delivery], _ adapter: any ChannelAdapter) async throws {
        try await fillWithMessages(messages)
        var rest = deliveries[...]
        for width in [1, 16, 64] {
            let journal = try makeJournal("frames", copyLogAt: 1 << 30)
            // Of the repetitions one at a time has a tenth; what was stored once would be a duplicate.
            let work = try rest.prefix(repetitions * (width == 1 ? 2 : 9) / 20).map { ($0, try adapter.events(in: $0)) }
            rest = rest.dropFirst(work.count)
            let before = logFrames
            try await accept(work, in: journal, width: width)
            let frames = logFrames - before
            print("frames a message, \(width) at a time: \(hundredths(Double(frames) / Double(work.count)))")
            try journal.close()
        }
    }

    private var marker: Delivery {
        Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: .now, target: "/webhooks/whatsapp-cloud/main", headers: [],
            body: Array("{}".utf8))
    }

    /// Behind a header of 32 bytes, each frame has one of 24.
    private var logFrames: Int {
        let size = try? FileManager.default.attributesOfItem(atPath: "\(folder)/frames.sqlite-wal")[.size] as? Int
        return max(0, (size ?? 0) - 32) / (4096 + 24)
    }

    private func hundredths(_ value: Double) -> String {
        let whole = Int((value * 100).rounded())
        return "\(whole / 100).\(whole % 100 < 10 ? "0" : "")\(whole % 100)"
    }

    /// Messages of 2,000 people, a thousand a transaction.
    private func fillWithMessages(_ count: Int) async throws {
        let journal = try makeJournal("frames")
        let started = ContinuousClock.now
        for start in stride(from: 0, to: count, by: 1000) {
            let events = (start..<min(start + 1000, count)).map { number in
                let phone = ReceivedPhone("9198\(10_000_000 + number % 2000)")
                return Event(
                    externalID: "wamid.HBgMOTE5ODEwMDAwMDAwFQIAEhgg\(number)", channel: .whatsapp, line: "106540352242922",
                    party: Party(phone: phone, identities: [], displayName: "Asha Rao"), effect: .moves,
                    content: .message(Message(type: .text, sender: phone.text, text: "Hello", content: #"{"body":"Hello"}"#)))
            }
            _ = try await journal.accept(marker, events)
        }
        print("filled: \(count) messages in \((ContinuousClock.now - started).components.seconds) s")
        try journal.close()
    }
}
