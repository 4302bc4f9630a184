import Messaging
import Metrics
import Telemetry

/// Shows in `/metrics` how reloads of the settings have ended.
struct ReloadCounts: Sendable {
    private let applied: Counter
    private let refused: Counter
    private let lastSuccess: Gauge
    private let isRefused: Gauge
    private let waiting: Gauge

    /// The settings of the start count as loaded at `now`.
    init(_ metrics: PrometheusMetrics, at now: Instant) {
        let counter = { outcome in
            metrics.counter(
                "switchboard_settings_reloads_total", "Reloads of the settings, by their outcome.", labels: [("outcome", outcome)])
        }
        applied = counter("applied")
        refused = counter("refused")
        lastSuccess = metrics.gauge(
            "switchboard_settings_loaded_timestamp_seconds",
            "When the settings in force were loaded, at the start or by a reload, in seconds since 1970.")
        isRefused = metrics.gauge(
            "switchboard_settings_refused", "1 if the last reload was refused, so that the settings in the file are not in force, else 0.")
        waiting = metrics.gauge(
            "switchboard_settings_awaiting_restart", "Settings whose new value in the file is not in force until a restart.")
        lastSuccess.record(now.milliseconds / 1000)
        isRefused.record(0)
        waiting.record(0)
    }

    /// Records a reload that leaves `keys` settings for a restart.
    func countApplied(leaving keys: Int, at now: Instant) {
        applied.increment()
        lastSuccess.record(now.milliseconds / 1000)
        isRefused.record(0)
        waiting.record(keys)
    }

    /// Records a reload that changed nothing, since the settings are wrong.
    func countRefused() {
        refused.increment()
        isRefused.record(1)
    }
}
