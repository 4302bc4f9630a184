import JSON
import Logging
import Messaging

/// One line of the log, as text or JSON; at most `longest` bytes.
struct LogLine {
    var time: Instant
    var level: Logger.Level
    var message: String
    var metadata: Logger.Metadata

    /// The largest number of bytes of a line, including its line break.
    static let longest = 16 << 10

    /// `2026-11-22T17:51:27.123Z info     message key=value`, with keys in alphabetical order.
    var text: String { bounded(\.unboundedText) }

    private var unboundedText: String {
        let pairs = sortedMetadata.map { " \($0.key)=\(LogLine.quoted("\($0.value)"))" }.joined()
        let padding = String(repeating: " ", count: LogLine.longestLevel - level.rawValue.count)
        return "\(time) \(level.rawValue)\(padding) \(LogLine.escaped(message))\(pairs)\n"
    }

    /// `{"time":…,"level":…,"message":…,"key":value}`; a key that has one of these names gets an underscore in front.
    var json: String { bounded(\.unboundedJSON) }

    /// Shortens values before they are escaped, since escaping tens of megabytes would take seconds.
    private func bounded(_ written: (LogLine) -> String) -> String {
        var budget = LogLine.longest
        while true {
            var line = self
            line.message = message.bounded(to: budget / 4)
            line.metadata = budget > 64 ? metadata.bounded(to: budget / 2, longest: budget / 4) : [:]
            let text = written(line)
            // An escape may be six times as long as its character.
            guard text.utf8.count > LogLine.longest, budget > 64 else { return text }
            budget /= 2
        }
    }

    private var unboundedJSON: String {
        var writer = JSONWriter()
        writer.object { line in
            line.member("time", time.description)
            line.member("level", level.rawValue)
            line.member("message", message)
            for (key, value) in sortedMetadata {
                line.key(["time", "level", "message"].contains(key) ? "_\(key)" : key)
                LogLine.write(value, to: &line)
            }
        }
        return writer.text + "\n"
    }

    private var sortedMetadata: [(key: String, value: Logger.MetadataValue)] { metadata.sorted { $0.key < $1.key } }

    private static let longestLevel = Logger.Level.allCases.map(\.rawValue.count).max() ?? 0

    private static func write(_ value: Logger.MetadataValue, to writer: inout JSONWriter) {
        switch value {
        case .string(let text): writer.string(text)
        case .stringConvertible(let number as any BinaryInteger): writer.int(number)
        case .stringConvertible(let flag as Bool): writer.bool(flag)
        case .stringConvertible(let other): writer.string(other.description)
        case .array(let elements): writer.array { array in for element in elements { write(element, to: &array) } }
        case .dictionary(let members):
            writer.object { object in
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    object.key(key)
                    write(member, to: &object)
                }
            }
        }
    }

    /// The value, in quotes if it could be misread.
    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        return isPlain ? escaped(value) : "\"\(escaped(value).replacing("\"", with: "\\\""))\""
    }

    /// Escapes control characters, so that a value from outside can neither begin a line nor control a terminal.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.properties.generalCategory == .control {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
}
