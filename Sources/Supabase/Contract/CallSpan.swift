import Journal
import Spans
import Tracing

/// The span of a function that is called over a connection of its own to the database, with OpenTelemetry's attributes of databases.
struct CallSpan {
    private let spans: Spans
    private let function: ContractFunction

    init(_ spans: Spans, _ function: ContractFunction) {
        self.spans = spans
        self.function = function
    }

    /// Makes the call; a failure is recorded by its SQLSTATE or the transport's word.
    func during<Value>(_ call: () async throws(CallFailure) -> Value) async throws(CallFailure) -> Value {
        let span = spans.start(function.rawValue, ofKind: .client)
        defer { span.end() }
        span.updateAttributes { attributes in
            attributes[SpanKey.databaseSystem] = "postgresql"
            attributes[SpanKey.procedure] = function.rawValue
        }
        do throws(CallFailure) { return try await call() } catch {
            span.fail(error.spanReason)
            throw error
        }
    }
}

extension CallFailure {
    /// The code, else the status: `error.type` of a span.
    var spanReason: String { shownCode.isEmpty ? status.map { "\($0)" } ?? "CallFailure" : shownCode }
}

extension IngestBatch {
    /// Describes an attempt to send the batch. Its rows come from many traces: those are counted, and the log has their deliveries.
    func describe(_ span: any Span, attempt: Int) {
        span.updateAttributes { attributes in
            attributes[SpanKey.itemCount] = items.count
            attributes[SpanKey.deliveryCount] = Set(items.compactMap(\.deliveryID)).count
            attributes[SpanKey.attempt] = attempt
        }
    }
}
