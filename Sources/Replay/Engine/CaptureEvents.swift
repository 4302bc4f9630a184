import Journal
import Messaging

/// Reads captures with the current adapters.
public struct CaptureEvents: Sendable {
    private let adapter: CaptureSigner.AdapterLookup
    private let kinds: Set<AdapterKind>
    private let hint: String?

    /// `kinds` are all kinds of adapters, configured or not; `hint` says what to do if an account is not configured.
    public init(kinds: [AdapterKind], hint: String? = nil, adapter: @escaping CaptureSigner.AdapterLookup) {
        self.kinds = Set(kinds)
        self.hint = hint
        self.adapter = adapter
    }

    /// Reads captures as the journal would to store them.
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

    /// The first reasons for which the adapter rejects items of a capture; empty if its account has no adapter.
    func rejectionReasons(of capture: Capture, atMost count: Int) -> [String] {
        guard let adapter = adapter(capture.delivery.adapter, capture.delivery.account),
            let events = try? adapter.eventsToKeep(of: capture.delivery)
        else { return [] }
        return Array(events.rejectionReasons.prefix(min(count, ReplayCounts.mostReasons)))
    }

    /// `.read` if the adapter can read the capture.
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

    /// The first error of a batch in which no item can be read, which the gateway refuses to its own clients; nil if one can be read.
    private func onlyError(in events: [Event]) -> PayloadError? {
        let errors = events.compactMap { $0.unreadableItem?.error }
        return errors.count == events.count ? errors.first : nil
    }

    /// The problem of a capture whose account is not configured; nil for other captures.
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

    /// Whether only a session's token identified the capture's person, and nobody knows any more whose token it was.
    private func isNobodys(_ capture: Capture, _ events: [Event]) -> Bool {
        guard capture.person == nil, capture.isByToken, capture.delivery.tokenOwner == nil else { return false }
        return events.contains { $0.party == nil && $0.effect == .moves }
    }
}

/// A batch of captures, read by the current adapters.
public struct ReadBatch: Sendable {
    /// One per capture, in order: `.read`, or why it cannot be read.
    public internal(set) var outcomes: [ReplayOutcome] = []
    /// The readable captures, in order.
    public internal(set) var read: [ReadCapture] = []
}

extension ReplayRefusal {
    /// The refusal of a capture that its gateway refused when it was received: sending it again would not help.
    static func before(_ capture: Capture, status: Int) -> ReplayRefusal {
        let reason = capture.refusal.map { ": \($0.status) \($0.reason)" } ?? ""
        return ReplayRefusal(status: status, detail: "this delivery was refused when it was received\(reason)")
    }
}

extension [Event] {
    /// The errors of the items that could not be read.
    var rejectionReasons: [String] { compactMap { $0.unreadableItem?.error.description } }
}

extension PayloadError {
    /// The status with which the gateway answers the error.
    fileprivate var status: Int {
        switch code {
        case .malformed: 400
        case .mediaType: 415
        default: 422
        }
    }
}
