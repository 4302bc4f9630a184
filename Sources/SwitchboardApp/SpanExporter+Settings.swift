import HTTPTransport
import Logging
import SpanExport
import Supabase
import Telemetry

extension SpanExporter {
    /// Nil if the settings name no collector. Otherwise logs one line that names it.
    convenience init?(_ settings: Settings.Tracing, metrics: PrometheusMetrics, logger: Logger) throws(HTTPTransportError) {
        guard let endpoint = settings.endpoint else { return nil }
        try self.init(
            Configuration(
                endpoint: endpoint, sampleRatio: settings.sampleRatio, headers: settings.headers.map { ($0.name, $0.value) },
                version: Build.version),
            metrics: metrics, logger: logger)
        logger.notice(
            "spans are sent to a collector",
            metadata: ["tracing.endpoint": "\(MaskedURL.text(endpoint))", "tracing.sample_ratio": "\(settings.sampleRatio)"])
    }
}
