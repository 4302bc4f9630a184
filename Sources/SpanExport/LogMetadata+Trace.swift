import Logging
import Tracing

extension Logger.MetadataProvider {
    /// The trace of the current span, by the names that OpenTelemetry gives in logs of other formats (OpenTelemetry, "Trace Context in
    /// non-OTLP Log Formats", read 2026-11-28); nothing outside of spans.
    public static let traces = Logger.MetadataProvider {
        guard let identity = ServiceContext.current?.traceContext else { return [:] }
        return ["trace_id": "\(identity.trace)", "span_id": "\(Hexadecimal.text(identity.span))"]
    }
}
