import Foundation
import Messaging
import SwitchboardTesting
import Testing

@testable import Replay

@Suite("The curl line of a capture")
struct SignedCommandTests {
    @Test("It has method, URL, headers and body, and no header of the old connection")
    func command() throws {
        let capture = try HTTPCapture(
            parsing: Array("PUT /webhooks/sum/main HTTP/1.1\nHost: old\nContent-Length: 2\nContent-Type: text/plain\nX-Empty:\n\nab".utf8))
        #expect(
            try SignedCommand(capture, to: "http://127.0.0.1:8000/").description
                == "curl -i -X PUT http://127.0.0.1:8000/webhooks/sum/main -H 'content-type: text/plain' -H 'x-empty;' --data-binary ab")
    }

    @Test("A query is quoted for the shell")
    func query() throws {
        let capture = try HTTPCapture(parsing: Array("POST /a?b=c&d=$e HTTP/1.1\n\n".utf8))
        #expect(try SignedCommand(capture, to: "http://h").description == "curl -i -X POST 'http://h/a?b=c&d=$e'")
    }

    @Test(
        "A shell passes every body on byte for byte",
        arguments: ["it's", "$HOME `id` \\n \"q\" !x", "line\nline\n", "''", "naïve 👋 \u{1}", "@/etc/hostname", " "])
    func shell(body: String) async throws {
        let capture = try HTTPCapture(parsing: Array("POST /a HTTP/1.1\nContent-Type: x\n\n\(body)".utf8))
        let command = try SignedCommand(capture, to: "http://h").description
        // The words as the shell split them, each preceded by a zero byte.
        let words = try await run("/bin/sh", ["-c", "curl() { printf '\\0%s' \"$@\"; }; \(command)"]).split(separator: "\0").map(
            String.init)
        let dataOption = body.hasPrefix("@") ? "--data-raw" : "--data-binary"
        #expect(words == ["-i", "-X", "POST", "http://h/a", "-H", "content-type: x", dataOption, body])
    }

    @Test("A body that is not text has no command line", arguments: [[0xFF], [0x61, 0x00]] as [[UInt8]])
    func binary(body: [UInt8]) throws {
        let capture = try HTTPCapture(parsing: Array("POST /a HTTP/1.1\n\n".utf8) + body)
        #expect(throws: SignedCommandError()) { try SignedCommand(capture, to: "http://h") }
    }

    private func run(_ path: String, _ arguments: [String]) async throws -> String {
        let process = try ChildProcess(path, arguments, in: NSTemporaryDirectory(), environment: ["PATH": "/usr/bin:/bin"])
        defer { process.removeOutput() }
        try await process.ended()
        return process.output
    }
}
