import Foundation
import JSON
import Testing

@Suite("switchboard replay and sign, against a gateway")
struct ReplayCommandTests {
    private static let captures = URL(filePath: #filePath).appending(path: "../../../../Webhooks/WhatsAppCloud").standardized.path

    @Test("A gateway's URL that is neither http nor https is a wrong option, not a problem of each capture")
    func gatewayURL() async throws {
        try await GatewayFolder.with { folder in
            let outcome = try await folder.run("replay", "a.jsonl", "--as-is", "--to", "ftp://localhost:8000")
            #expect(outcome.exitCode == 64 && outcome.errors.contains("“ftp://localhost:8000” is not an http or https URL"))
        }
    }

    @Test("All WhatsApp captures are accepted; a second time they are duplicates and change nothing")
    func replayTwice() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let first = try await folder.run("replay", Self.captures, "--to", gateway.base, "--json")
            let sums = try summary(first)
            #expect(sums["deliveries"].int == Int64(try fileCount()))
            #expect(sums["refused"].int == 0)
            #expect(sums["accepted"].int ?? 0 > 100)
            // Captures with unreadable items become dead letters, which replay reports by its exit code.
            let rejected = try rejectedFiles(first)
            #expect(try rejected == unreadableCaptures())
            #expect(first.exitCode == 1)
            let tables = try folder.journal.tableCounts()
            #expect(tables["dead_letters"] ?? 0 > 0)
            #expect(try folder.journal.halves() == [])

            let second = try await folder.run("replay", Self.captures, "--to", gateway.base, "--json")
            #expect(try summary(second)["accepted"].int == 0)
            #expect(try rejectedFiles(second) == rejected)
            #expect(try folder.journal.tableCounts() == tables)
        }
    }

    @Test("If everything is accepted, the exit code is 0, and the last line has the totals, in words or as JSON")
    func taken() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let files = ["text.http", "image.http"].map { "\(Self.captures)/\($0)" }
            let outcome = try await folder.run("replay", files[0], files[1], "--to", gateway.base)
            #expect(outcome.exitCode == 0)
            #expect(outcome.errors.isEmpty)
            let lines = files.map { "accepted 1  duplicate 0  \($0)\n" }.joined()
            #expect(outcome.output == lines + "items: accepted 2  duplicate 0  deliveries: 2\n")
            let json = try await folder.run("replay", files[0], files[1], "--to", gateway.base, "--json")
            let sums = #"{"deliveries":2,"accepted":0,"duplicates":2,"rejected":0,"refused":0,"problems":0,"skipped":0,"complete":true}"#
            let objects = files.map { #"{"file":"\#($0)","accepted":0,"duplicates":1,"rejected":0}"# + "\n" }.joined()
            #expect(json.output == objects + sums + "\n" && json.errors.isEmpty)
        }
    }

    @Test("With --json an item that is not a capture is an object of its own, even if it is the only one")
    func problems() async throws {
        try await GatewayFolder.with { folder in
            let sums = #"{"deliveries":0,"accepted":0,"duplicates":0,"rejected":0,"refused":0,"problems":1,"skipped":0,"complete":true}"#
            for verb in [["replay", "none", "--to", "http://127.0.0.1:1"], ["captures", "import", "none"]] {
                let outcome = try await BuiltProgram.run(verb + ["--json", "--config", "settings.yaml"], in: folder.path)
                #expect(outcome.exitCode == 2 && outcome.errors.isEmpty, "\(outcome)")
                #expect(outcome.output == #"{"file":"none","problem":"there is no such file or folder"}"# + "\n" + sums + "\n")
            }
        }
    }

    @Test("A problem that many captures have is printed five times, and then counted")
    func repeatedProblem() async throws {
        try await GatewayFolder.with { folder in
            let capture = try String(contentsOfFile: "\(Self.captures)/text.http", encoding: .utf8)
            try FileManager.default.createDirectory(atPath: "\(folder.path)/many", withIntermediateDirectories: false)
            for number in 1...8 {
                try folder.write(capture.replacing("/whatsapp-cloud/main", with: "/whatsapp-cloud/nowhere"), to: "many/\(number).http")
            }
            let outcome = try await folder.run("replay", "many", "--dry-run")
            #expect(outcome.exitCode == 2)
            let lines = outcome.errors.split(separator: "\n").filter { $0.contains("the settings have no account whatsapp-cloud/nowhere") }
            #expect(lines.count == 6 && lines.last?.hasPrefix("switchboard: 3 more: the settings have no account") == true, "\(outcome)")
        }
    }

    @Test("The error about TLS gives the reason in plain words")
    func tls() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let base = "https" + gateway.base.dropFirst(4)
            let outcome = try await folder.run("replay", "\(Self.captures)/text.http", "--to", base)
            #expect(outcome.exitCode == 75)
            #expect(outcome.errors.contains("no connection to \(base): the server does not speak TLS at this port"), "\(outcome.errors)")
        }
    }

    @Test("If a gateway has another secret, the replay prints each 401 and ends with 1")
    func anotherSecret() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let accounts = #"accounts: [{ adapter: whatsapp-cloud, name: main, secrets: ["another-secret"] }]"#
            try folder.write(accounts, to: "other.yaml")
            let file = "\(Self.captures)/text.http"
            let outcome = try await BuiltProgram.run(["replay", file, "--to", gateway.base, "--config", "other.yaml"], in: folder.path)
            #expect(outcome.exitCode == 1)
            #expect(outcome.output.hasPrefix("refused with 401: the header x-hub-signature-256 does not match the body  \(file)\n"))
            let note = "whatsapp-cloud/main were signed with the first secret of each account in \(folder.path)/other.yaml. If"
            #expect(outcome.errors.contains(note), "\(outcome.errors)")
            #expect(try folder.journal.count("SELECT count(*) FROM deliveries") == 0)
        }
    }

    @Test("A browser's capture, which is not signed, is answered 401 for its token, and no secret is blamed")
    func unsigned() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let file = "\(Self.captures)/../WebChat/session-token.http"
            let outcome = try await folder.run("replay", file, "--to", gateway.base)
            #expect(outcome.exitCode == 1)
            #expect(outcome.errors.contains("1 delivery has a session's token instead of a signature"), "\(outcome)")
            #expect(!outcome.errors.contains("first secret"))
        }
    }

    @Test("A shell can run what `sign` prints", arguments: ["text", "text-with-quotes-and-lines", "utf8-unescaped"])
    func sign(capture: String) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let outcome = try await folder.run("sign", "\(Self.captures)/\(capture).http", "--to", gateway.base)
            #expect(outcome.exitCode == 0)
            let answer = try await BuiltProgram.shell(outcome.output).output
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix(#"{"accepted":1,"duplicates":0}"#))
            #expect(try folder.journal.count("SELECT count(*) FROM messages") == 1)
        }
    }

    private func fileCount() throws -> Int { try files(".http").count }

    /// The captures of which at least one item cannot be read, according to the expected files beside them.
    private func unreadableCaptures() throws -> [String] {
        try files(".expected.json").filter { name in
            let events = try JSON(parsing: Array(Data(contentsOf: URL(filePath: "\(Self.captures)/\(name)"))))
            return events.count == 0 || events.elements.contains { $0["unreadable"].isPresent }
        }.map { $0.replacing(".expected.json", with: ".http") }
    }

    private func files(_ suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Self.captures).filter { $0.hasSuffix(suffix) }.sorted()
    }

    private func lines(_ outcome: BuiltProgram.Outcome) throws -> [JSON] {
        try outcome.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
    }

    private func summary(_ outcome: BuiltProgram.Outcome) throws -> JSON { try #require(try lines(outcome).last) }

    private func rejectedFiles(_ outcome: BuiltProgram.Outcome) throws -> [String] {
        try lines(outcome).dropLast().filter { $0["rejected"].int ?? 0 > 0 }
            .compactMap { $0["file"].string?.split(separator: "/").last.map(String.init) }
    }
}
