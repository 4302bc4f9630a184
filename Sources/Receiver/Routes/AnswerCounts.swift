import Hummingbird
import Journal
import Messaging
import Metrics
import Telemetry

/// Counts the answers to one account's webhooks, and times the accepted ones.
struct WebhookCounts: Sendable {
    private let accepted: Counter
    private let duplicate: Counter
    private let unreadable: Counter
    private let refusals: StatusCounts
    private let unproven: Counter
    private let events: EventCounts
    private let time: Timer

    /// Creates the account's counters; all accounts of an adapter share the timer and the counters of events.
    init(_ account: Account, _ metrics: some MetricsFactory) {
        let adapter = ("adapter", account.adapter.rawValue)
        let counter = { (answer: String, status: String) in
            metrics.counter(
                "switchboard_webhooks_total", "Webhooks, by their answer.",
                labels: [adapter, ("account", account.name.rawValue), ("answer", answer), ("status", status)])
        }
        accepted = counter("accepted", "200")
        duplicate = counter("duplicate", "200")
        unreadable = counter("unreadable", "200")
        refusals = StatusCounts([400, 401, 408, 413, 415, 422, 429, 503]) { counter("refused", $0) }
        unproven = metrics.counter(
            "switchboard_signature_failures_total", "Webhooks whose signature or secret was missing, malformed, wrong or too old.",
            labels: [adapter, ("account", account.name.rawValue)])
        events = EventCounts(adapter, metrics)
        time = metrics.timer(
            "switchboard_webhook_acknowledgement_seconds",
            "Time from a webhook's last byte until it was durable and could be answered.", labels: [adapter])
    }

    /// Records a durable delivery; `duration` is the time since its body was read.
    func taken(_ receipt: Receipt, _ read: [Event], after duration: Duration) {
        time.record(duration: duration)
        events.count(read)
        if receipt.accepted > 0 {
            accepted.increment()
        } else if receipt.duplicates > 0 {
            duplicate.increment()
        } else {
            (receipt.rejected > 0 ? unreadable : accepted).increment()
        }
    }

    /// Records a delivery whose sender is not authenticated; its refusal is recorded, too.
    func unauthenticated() { unproven.increment() }

    /// Records a refused delivery.
    func refused(_ problem: Problem) { refusals.count(problem.status.code) }
}

/// Counts the events of one adapter's deliveries.
private struct EventCounts: Sendable {
    private let message: Counter
    private let status: Counter
    private let activity: Counter
    private let identity: Counter
    private let notice: Counter
    private let unsupported: Counter
    private let unreadable: Counter

    init(_ adapter: (String, String), _ metrics: some MetricsFactory) {
        let counter = { (kind: String) in
            metrics.counter(
                "switchboard_events_total", "Events of acknowledged webhooks by their kind, duplicates included.",
                labels: [adapter, ("kind", kind)])
        }
        message = counter("message")
        status = counter("status")
        activity = counter("activity")
        identity = counter("identity")
        notice = counter("notice")
        unsupported = counter("unsupported")
        unreadable = counter("unreadable")
    }

    func count(_ events: [Event]) {
        for event in events {
            switch event.content {
            case .message: message.increment()
            case .status: status.increment()
            case .activity: activity.increment()
            case .identity: identity.increment()
            case .notice: notice.increment()
            case .unsupported: unsupported.increment()
            case .unreadable(let item): unreadable.increment(by: item.count)
            }
        }
    }
}

/// Counts and times the calls of one session route.
struct SessionCounts: Sendable {
    private let statuses: StatusCounts
    private let time: Timer

    /// `call` is the label of the route: start, end, show.
    init(_ call: String, _ metrics: some MetricsFactory) {
        statuses = StatusCounts([200, 201, 400, 401, 403, 408, 409, 413, 415, 422, 503]) { status in
            metrics.counter(
                "switchboard_session_calls_total", "Calls of /session/start, /session and /session/end, by their HTTP status.",
                labels: [("call", call), ("status", status)])
        }
        time = metrics.timer(
            "switchboard_session_call_seconds", "Duration of a session call, including any call of the shared database.",
            labels: [("call", call)])
    }

    /// The action with each of its answers counted and timed.
    func counting(_ action: @escaping RouteAction) -> RouteAction {
        { request, context in
            let start = ContinuousClock.now
            do {
                let response = try await action(request, context)
                answered(response.status.code, since: start)
                return response
            } catch let error where !(error is CancellationError) {
                answered(Problem(error).status.code, since: start)
                throw error
            }
        }
    }

    private func answered(_ status: Int, since start: ContinuousClock.Instant) {
        statuses.count(status)
        time.record(duration: .now - start)
    }
}

/// Counts each expected status, and all others together, so that an unexpected status does not create a new series.
private struct StatusCounts: Sendable {
    private let statuses: [Int]
    private let counters: [Counter]
    private let other: Counter

    init(_ statuses: [Int], counter: (_ status: String) -> Counter) {
        self.statuses = statuses
        counters = statuses.map { counter("\($0)") }
        other = counter("other")
    }

    func count(_ status: Int) {
        guard let index = statuses.firstIndex(of: status) else { return other.increment() }
        counters[index].increment()
    }
}
