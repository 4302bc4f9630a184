import Supabase
import Telemetry

/// What was built.
public enum Build {
    /// The program's version.
    public static let version = "0.1"

    /// Adds the version to the page of metrics, with the version of the database functions that the program needs.
    static func show(in metrics: PrometheusMetrics) {
        metrics.info(
            "switchboard_build_info", "Always 1; the labels are the program's version and that of the database's functions that it needs.",
            labels: [("version", version), ("functions", "\(SchemaContract.version)")])
    }
}
