/// A page of metrics in Prometheus' text format, version 0.0.4 (prometheus.io, Exposition formats, read 2026-11-24).
public struct MetricsPage: Sendable {
    /// The text so far.
    public private(set) var text = ""

    /// The media type that the page is served under.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The type of a metric, which says how to read its values.
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// An empty page.
    public init() {}

    /// Adds a metric without labels whose value is read now instead of being counted.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        begin(name, kind, help)
        sample(name, "", "\(value)")
    }

    /// Adds a metric without labels whose value is read now and may have a fraction.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        begin(name, kind, help)
        sample(name, "", Self.number(value))
    }

    /// Adds a metric with a value for each set of labels, read now; nothing if there are none.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ series: [(labels: [(String, String)], value: Double)]) {
        guard !series.isEmpty else { return }
        begin(name, kind, help)
        for (labels, value) in series { sample(name, Self.labels(labels), Self.number(value)) }
    }

    /// Adds the lines before a metric's samples. Line ends in the help text are escaped.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds one value; `labels` come from `labels(_:)`.
    mutating func sample(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// A name in Prometheus' form: letters, digits, underscores and colons, not beginning with a digit; libraries use dots instead.
    /// `suffix` is added unless the name ends with it.
    static func name(_ label: String, suffix: String) -> String {
        var name = identifier(label, allowing: ":")
        if !name.hasSuffix(suffix) { name += suffix }
        return name
    }

    /// `adapter="kiosk",account="lobby"`, sorted by name, so that equal labels have equal texts.
    static func labels(_ labels: [(String, String)]) -> String {
        labels.map { (identifier($0.0, allowing: ""), $0.1) }.sorted { $0.0 < $1.0 }
            .map { #"\#($0.0)="\#(escaped($0.1, quotes: true))""# }.joined(separator: ",")
    }

    /// A number in Prometheus' form; whole numbers have no fraction.
    static func number(_ value: Double) -> String {
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.isNaN { return "NaN" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private static func identifier(_ text: String, allowing extra: String) -> String {
        let characters = text.unicodeScalars.map { scalar -> Character in
            let isTaken = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_")
            return isTaken || extra.unicodeScalars.contains(scalar) ? Character(scalar) : "_"
        }
        return characters.first?.isNumber == true ? "_" + String(characters) : String(characters)
    }

    /// Escapes scalars, since a character may be a quotation mark with a combining accent.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: #"\\"#.unicodeScalars)
            case "\n": result.append(contentsOf: #"\n"#.unicodeScalars)
            case "\"" where quotes: result.append(contentsOf: #"\""#.unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
