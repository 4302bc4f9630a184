import Messaging

/// The `curl` line that sends a capture, to be pasted into a shell.
public struct SignedCommand: Sendable, Equatable, CustomStringConvertible {
    /// One line, unless the body has line breaks.
    public let description: String
    /// Whether the capture is unsigned and has a session's token instead.
    public var hasToken = false

    /// Sends `capture` as it is to the server at `base`. Throws if a command line cannot contain the body.
    public init(_ capture: HTTPCapture, to base: String) throws(SignedCommandError) {
        guard let body = String(validating: capture.body, as: UTF8.self), !body.contains("\0") else { throw SignedCommandError() }
        var words = ["curl", "-i", "-X", capture.method, capture.url(at: base)]
        for header in capture.portableHeaders {
            // curl drops a header that is written `NAME:`; with `NAME;` it sends it empty.
            words += ["-H", header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"]
        }
        if !body.isEmpty {
            if !capture.headers.contains(where: { $0.name == "content-type" }) { words += ["-H", "content-type:"] }
            words += SignedCommand.dataWords(body)
        }
        description = words.map(SignedCommand.quoted).joined(separator: " ")
    }

    /// curl takes a text that begins with `@` for a file's name, except with `--data-raw`.
    private static func dataWords(_ body: String) -> [String] { [body.hasPrefix("@") ? "--data-raw" : "--data-binary", body] }

    /// The word in single quotes, in which a shell changes nothing.
    private static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { isPlainCharacter($0) }
        return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }

    private static func isPlainCharacter(_ character: UInt8) -> Bool {
        switch character {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-_./:".utf8.contains(character)
        }
    }
}

/// The body is not text: a command line can contain neither bytes that are not UTF-8 nor a zero byte.
public struct SignedCommandError: Error, Equatable, CustomStringConvertible {
    public init() {}

    public var description: String { "the body is not text, so no command line can hold it; `switchboard replay FILE` sends it" }
}
