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

    @Test(
        "auto is text on a terminal and JSON elsewhere",
        arguments: [(LogFormat.auto, true, false), (.auto, false, true), (.text, false, false), (.json, true, true)])
    func format(format: LogFormat, onTerminal: Bool, isJSON: Bool) {
        #expect(StandardErrorLog.isJSON(format, onTerminal: onTerminal) == isJSON)
    }

    @Test("What is logged with a message wins over the logger's own metadata")
    func precedence() {
        var log = StandardErrorLog(Settings.Log(), now: { time })
        log[metadataKey: "a"] = "logger"
        log[metadataKey: "b"] = "logger"
        let event = LogEvent(level: .info, message: "m", metadata: ["a": "message"], source: nil, file: "", function: "", line: 1)
        #expect(log.line(event).text == "2025-11-22T17:54:47.123Z info     m a=message b=logger\n")
    }

    @Test("The level is the settings'")
    func level() {
        var settings = Settings.Log()
        settings.level = .error
        #expect(StandardErrorLog(settings).logLevel == .error)
    }
}
