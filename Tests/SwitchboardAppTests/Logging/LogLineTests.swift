import JSON
import Logging
import Messaging
import Testing

@testable import SwitchboardApp

@Suite("Lines of the log")
struct LogLineTests {
    private let time = Instant(milliseconds: 1_763_834_087_123)

    @Test("Text has time, level, message and metadata in alphabetical order")
    func text() {
        let line = LogLine(time: time, level: .info, message: "delivery taken", metadata: ["b": "2", "a.id": "x y", "c": ["1", "2"]])
        #expect(line.text == "2025-11-22T17:54:47.123Z info     delivery taken a.id=\"x y\" b=2 c=\"[\\\"1\\\", \\\"2\\\"]\"\n")
    }

    @Test(
        "A value stays one word on one line",
        arguments: [
            ("", "\"\""), ("a=b", "\"a=b\""), ("a\"b", "\"a\\\"b\""), ("a\nb", "a\\nb"), ("\u{1B}[31m", "\\u{1B}[31m"), ("é–", "é–"),
        ])
    func quoting(value: String, expected: String) {
        let line = LogLine(time: time, level: .error, message: "m", metadata: ["k": "\(value)"])
        #expect(line.text == "2025-11-22T17:54:47.123Z error    m k=\(expected)\n")
    }

    @Test("JSON keeps nested metadata and numbers, and never has a key twice")
    func json() {
        let line = LogLine(
            time: time, level: .warning, message: "a \"b\"\n",
            metadata: ["n": .stringConvertible(7), "f": .stringConvertible(true), "l": ["x", ["y": "z"]], "time": "t"])
        #expect(
            line.json
                == #"{"time":"2025-11-22T17:54:47.123Z","level":"warning","message":"a \"b\"\n","f":true,"l":["x",{"y":"z"}],"n":7,"_time":"t"}"#
                + "\n")
    }

    /// Test arguments are printed, and these values are large, so tests use their names.
    private static let hostile: [String: Logger.Metadata] = [
        "a long text": ["k": .string(String(repeating: "x", count: 50_000_000))],
        "control characters": ["k": .string(String(repeating: "\u{1}", count: 1_000_000))],
        "characters of several bytes": ["k": .string(String(repeating: "é💥", count: 1_000_000))],
        "quotes": ["k": .stringConvertible(String(repeating: "\"", count: 100_000))],
        "a long list": ["k": .array(Array(repeating: "", count: 500_000))],
        "a list of lists": ["k": .array([.array(Array(repeating: .array([]), count: 500_000))])],
        "a long dictionary": ["k": .dictionary(Dictionary(uniqueKeysWithValues: (0..<100_000).map { ("\($0)", "v") }))],
        "many values": Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("key\($0)", "v") }),
    ]

    @Test("A line has a bounded length whatever it contains, is complete, and says how much was cut off", arguments: hostile.keys.sorted())
    func bounded(name: String) throws {
        let metadata = try #require(Self.hostile[name])
        let line = LogLine(time: time, level: .error, message: "m", metadata: metadata)
        for text in [line.text, line.json] {
            #expect(text.utf8.count <= LogLine.longest)
            #expect(text.hasSuffix("\n") && text.dropLast().allSatisfy { $0 != "\n" })
        }
        let json = try JSON(parsing: Array(line.json.utf8))
        #expect(json["message"].string == "m")
    }

    @Test("A value that is too long is cut after its beginning, and its neighbours stay complete")
    func cut() {
        let line = LogLine(
            time: time, level: .error, message: "m", metadata: ["a": .string(String(repeating: "x", count: 5000)), "b": "y"])
        #expect(line.text.hasSuffix(" m a=\"\(String(repeating: "x", count: 4096))… (904 bytes more)\" b=y\n"))
    }

    @Test("A text is cut off between characters", arguments: [(0, ""), (1, ""), (2, "é"), (3, "é"), (5, "é"), (6, "é💥")])
    func cutting(limit: Int, beginning: String) {
        #expect("é💥é".bounded(to: limit) == "\(beginning)… (\(8 - beginning.utf8.count) bytes more)")
        #expect("é💥é".bounded(to: 8) == "é💥é")
    }

    @Test(
        "auto is text on a terminal and JSON elsewhere",
        arguments: [(LogFormat.auto, true, false), (.auto, false, true), (.text, false, false), (.json, true, true)])
    func format(format: LogFormat, onTerminal: Bool, isJSON: Bool) {
        #expect(StandardErrorLog.isJSON(format, onTerminal: onTerminal) == isJSON)
    }

    @Test("A message's own metadata takes precedence over the logger's")
    func precedence() {
        var log = StandardErrorLog(Settings.Log(), now: { time })
        log[metadataKey: "a"] = "logger"
        log[metadataKey: "b"] = "logger"
        let event = LogEvent(level: .info, message: "m", metadata: ["a": "message"], source: nil, file: "", function: "", line: 1)
        #expect(log.line(event).text == "2025-11-22T17:54:47.123Z info     m a=message b=logger\n")
    }

    @Test("The server's line about the start has the form of our own lines")
    func listening() {
        let text: Logger.Message = "Server started and listening on 127.0.0.1:8000"
        let event = LogEvent(level: .info, message: text, metadata: nil, source: nil, file: "", function: "", line: 1)
        let line = StandardErrorLog(Settings.Log(), now: { time }).line(event)
        #expect(line.text == "2025-11-22T17:54:47.123Z info     the gateway listens server.address=127.0.0.1:8000\n")
    }

    @Test("The level is that of the settings")
    func level() {
        var settings = Settings.Log()
        settings.level = .error
        #expect(StandardErrorLog(settings).logLevel == .error)
    }
}
