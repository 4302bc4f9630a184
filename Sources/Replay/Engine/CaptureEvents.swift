import Journal
import Messaging

/// Reads captures with today's adapters.
public struct CaptureEvents: Sendable {
    private let adapter: CaptureSigner.AdapterLookup
    private let kinds: Set<AdapterKind>
    private let hint: String?

    /// `kinds` are all that there are, configured or not; `hint` is what to do where an account is not configured.
    public init(kinds: [AdapterKind], hint: String? = nil, adapter: @escaping CaptureSigner.AdapterLookup) {
        self.kinds = Set(kinds)
        self.hint = hint
        self.adapter = adapter
    }

    /// What the journal would keep of captures.
    func read(_ captures: [Capture]) -> ReadBatch {
        var batch = ReadBatch()
        batch.outcomes.reserveCapacity(captures.count)
        batch.read.reserveCapacity(captures.count)
        for var capture in captures {
            var events: [Event] = []
            let outcome = read(capture, into: &events)
            batch.outcomes.append(outcome)
            guard outcome == .read else { continue }
            if capture.person != nil, !capture.isByToken { capture.person = nil }
            batch.read.append(ReadCapture(capture, events))
        }
        return batch
    }

    /// Why items of a capture are rejected by its adapter, the first few; empty without an adapter for its account.
    func rejectionReasons(of capture: Capture, atMost count: Int) -> [String] {
        guard let adapter = adapter(capture.delivery.adapter, capture.delivery.account),
            let events = try? adapter.eventsToKeep(of: capture.delivery)
        else { return [] }
        return Array(events.rejectionReasons.prefix(min(count, ReplayCounts.mostReasons)))
    }

    /// `.read` where there are events.
    private func read(_ capture: Capture, into events: inout [Event]) -> ReplayOutcome {
        let delivery = capture.delivery
        guard capture.state != .refused else {
            return .refused(.before(capture, status: capture.refusal?.status ?? 0))
        }
        guard let adapter = adapter(delivery.adapter, delivery.account) else { return .problem(noAccount(capture)) }
        do throws(PayloadError) {
            events = try adapter.eventsToKeep(of: delivery)
            if type(of: adapter).traits.sender == .client, let error = onlyError(in: events) { throw error }
            return isNobodys(capture, events) ? .refused(CaptureEvents.nobody) : .read
        } catch {
            return .refused(ReplayRefusal(status: error.status, detail: error.description))
        }
    }

    /// The first error of a batch in which no item can be read, which the gateway refuses to a client of ours; nil where one can.
    private func onlyError(in events: [Event]) -> PayloadError? {
        let errors = events.compactMap { $0.unreadableItem?.error }
        return errors.count == events.count ? errors.first : nil
    }

    /// What is wrong with a capture of an account that is not configured; nil for the others.
    func problem(_ capture: Capture) -> CaptureProblem? {
        adapter(capture.delivery.adapter, capture.delivery.account) == nil ? noAccount(capture) : nil
    }

    private func noAccount(_ capture: Capture) -> CaptureProblem {
        let (origin, delivery) = (capture.origin, capture.delivery)
        guard kinds.contains(delivery.adapter) else {
            let known = kinds.map(\.rawValue).sorted().joined(separator: ", ")
            return CaptureProblem(origin, "there is no adapter “\(delivery.adapter)”; known: \(known)")
        }
        let advice = hint.map { ": \($0)" } ?? ""
        return CaptureProblem(origin, "the settings have no account \(delivery.adapter)/\(delivery.account)\(advice)")
    }

    private static let nobody = ReplayRefusal(
        status: 401, detail: "a session token authenticated this delivery, and neither its body nor the capture says whose session it was")

    /// Whether a session's token was all that said whose it is, and nobody knows any more.
    private func isNobodys(_ capture: Capture, _ events: [Event]) -> Bool {
        guard capture.person == nil, capture.isByToken, capture.delivery.tokenOwner == nil else { return false }
        return events.contains { $0.party == nil && $0.effect == .moves }
    }
}

/// What today's adapters make of a batch of captures.
public struct ReadBatch: Sendable {
    /// One for each capture, in their order: `.read`, or why it cannot be.
    public internal(set) var outcomes: [ReplayOutcome] = []
    /// Those that could be read, in their order.
    public internal(set) var read: [ReadCapture] = []
}

extension ReplayRefusal {
    /// Of a capture that its gateway rejected when it came: nothing is gained by doing so again.
    static func before(_ capture: Capture, status: Int) -> ReplayRefusal {
        let reason = capture.refusal.map { ": \($0.status) \($0.reason)" } ?? ""
        return ReplayRefusal(status: status, detail: "this delivery was rejected when it was received\(reason)")
    }
}

extension [Event] {
    /// What is wrong with each item that could not be read.
    var rejectionReasons: [String] { compactMap { $0.unreadableItem?.error.description } }
}

extension PayloadError {
    /// What the gateway answers.
    fileprivate var status: Int {
        switch code {
        case .malformed: 400
        case .mediaType: 415
        default: 422
        }
    }
}
