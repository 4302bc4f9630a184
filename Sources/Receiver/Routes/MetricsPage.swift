/// Writes metrics in Prometheus' text format, version 0.0.4 (prometheus.io, Exposition formats, read 2026-11-24).
struct MetricsPage {
    private(set) var text = ""

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String { case counter, gauge }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger, labels: [(String, String)] = []) {
        add(name, kind, help, [(labels, value)])
    }

    /// Adds a metric with a value for each set of labels.
    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: some BinaryInteger)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples { add(name, sample.labels, sample.value) }
    }

    private mutating func add(_ name: String, _ labels: [(String, String)], _ value: some BinaryInteger) {
        text += name
        if !labels.isEmpty { text += "{" + labels.map { #"\#($0)="\#(Self.escaped($1))""# }.joined(separator: ",") + "}" }
        text += " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += #"\\"#
            case "\"": text += #"\""#
            case "\n", "\r\n": text += #"\n"#
            default: text.append(character)
            }
        }
    }
}
