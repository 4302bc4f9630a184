import Messaging
import NIOHTTP1
import Spans
import Tracing

/// The finished steps of a delivery in front of the routes, noted until it is decided who handles it: the routes make spans of their own.
struct DeliverySteps {
    private let start: Spans.Time
    private var done: [(name: String, start: Spans.Time, end: Spans.Time, error: (any Error)?)] = []
    private var current: (name: String, start: Spans.Time)?

    /// `arrival` is when the request's head came, and its body began.
    init(since arrival: Spans.Time) {
        start = arrival
        current = (name: "receive", start: arrival)
    }

    /// Ends the present step, and begins another unless `name` is nil.
    mutating func next(_ name: String?) {
        finish(nil)
        current = name.map { (name: $0, start: Spans.now) }
    }

    /// Ends the present step, if there is one, by an error.
    mutating func fail(_ error: any Error) { finish(error) }

    private mutating func finish(_ error: (any Error)?) {
        guard let step = current else { return }
        done.append((name: step.name, start: step.start, end: Spans.now, error: error))
        current = nil
    }

    /// Makes the delivery's span, with the steps so far as its children.
    func begin(_ requests: RequestSpans, _ head: HTTPRequestHead, _ webhook: AccountWebhook, items: Int) -> DeliverySpan {
        let trace = requests.spans.context(of: head.headers, by: HeadReader())
        let span = requests.start(head.method.rawValue, host: head.headers.first(name: "Host"), in: trace, at: start)
        requests.name(span, route: RequestSpans.webhookRoute, path: webhook.path)
        if span.isRecording {
            let account = webhook.endpoint.account
            RequestSpans.describe(span, adapter: account.adapter.rawValue, account: account.name.rawValue)
            span.updateAttributes { $0[SpanKey.itemCount] = items }
            for step in done { requests.spans.add(step.name, from: step.start, to: step.end, in: span.context, error: step.error) }
        }
        return DeliverySpan(span)
    }
}

/// The span of a delivery that was handed to the journal or refused.
final class DeliverySpan: Sendable {
    private let span: any Span
    /// When it was handed over.
    private let start = Spans.now

    fileprivate init(_ span: any Span) { self.span = span }

    /// Does something as part of the span: log lines have its trace.
    func during(_ work: () -> Void) { ServiceContext.$current.withValue(span.context, operation: work) }

    /// Adds the wait for the journal.
    func committed(_ spans: Spans, error: (any Error)?) {
        guard span.isRecording else { return }
        spans.add("commit", from: start, to: Spans.now, in: span.context, error: error)
    }

    func end(status: Int) {
        RequestSpans.answered(span, status: status)
        span.end()
    }
}
