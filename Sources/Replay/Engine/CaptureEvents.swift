import Journal
import Messaging

/// Reads captures with today's adapters.
public struct CaptureEvents: Sendable {
    private let adapter: CaptureSigner.AdapterLookup
    private let kinds: Set<AdapterKind>

    /// `kinds` are all that there are, configured or not.
    public init(kinds: [AdapterKind], adapter: @escaping CaptureSigner.AdapterLookup) {
        self.kinds = Set(kinds)
        self.adapter = adapter
    }

    /// What the journal would keep of a capture.
    func read(_ capture: SourcedCapture) -> Reading {
        let delivery = capture.delivery
        guard capture.line.state != .refused else {
            let was = capture.line.refusal.map { ": \($0.status) \($0.reason)" } ?? ""
            return .refused(ReplayRefusal(status: capture.line.refusal?.status ?? 0, detail: "it was refused when it was received\(was)"))
        }
        guard let adapter = adapter(delivery.adapter, delivery.account) else { return .problem(noAccount(delivery, at: capture.origin)) }
        do throws(PayloadError) {
            let events = try adapter.eventsToKeep(of: delivery)
            if type(of: adapter).traits.sender == .client, let error = onlyError(in: events) { throw error }
            return isNobodys(capture, events) ? .refused(CaptureEvents.nobody) : .events(events)
        } catch {
            return .refused(ReplayRefusal(status: error.status, detail: error.description))
        }
    }

    /// The first error of a batch in which no item can be read, which the gateway refuses to a client of ours; nil where one can.
    private func onlyError(in events: [Event]) -> PayloadError? {
        let errors = events.compactMap { event in if case .unreadable(let item) = event.content { item.error } else { nil } }
        return errors.count == events.count ? errors.first : nil
    }

    /// What is wrong with a capture of an account that is not configured; nil for the others.
    func problem(_ capture: SourcedCapture) -> CaptureProblem? {
        let delivery = capture.delivery
        return adapter(delivery.adapter, delivery.account) == nil ? noAccount(delivery, at: capture.origin) : nil
    }

    private func noAccount(_ delivery: Delivery, at origin: CaptureOrigin) -> CaptureProblem {
        guard kinds.contains(delivery.adapter) else {
            let known = kinds.map(\.rawValue).sorted().joined(separator: ", ")
            return CaptureProblem(origin, "there is no adapter “\(delivery.adapter)”; known: \(known)")
        }
        return CaptureProblem(origin, "the settings have no account \(delivery.adapter)/\(delivery.account)")
    }

    private static let nobody = ReplayRefusal(
        status: 401, detail: "it was proven by a session's token, and neither its body nor the capture says whose")

    /// Whether a session's token was all that said whose it is, and nobody knows any more.
    private func isNobodys(_ capture: SourcedCapture, _ events: [Event]) -> Bool {
        guard capture.line.person == nil, capture.isByToken else { return false }
        return events.contains { $0.party == nil && $0.effect == .moves }
    }

    /// What became of reading a capture.
    enum Reading: Sendable {
        case events([Event])
        case refused(ReplayRefusal)
        case problem(CaptureProblem)
    }
}

extension SourcedCapture {
    /// Whether a session's token proved it.
    var isByToken: Bool { delivery.header(SessionToken.header) != nil && delivery.header("webhook-signature") == nil }
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
