import Foundation
import Journal
import Messaging
import SwitchboardTesting
import Testing

@testable import Replay

@Suite("Captures from their sources")
struct CaptureStreamTests {
    @Test("A bad line, a bad body and a truncated last line are reported with their numbers, and the rest is read")
    func lines() async throws {
        let folder = try TemporaryFolder()
        let whole = Captures.text("1").jsonLine()
        let parts: [[UInt8]] = [
            whole, Array("{oops".utf8), [], Array(#"{"target":"/webhooks/a/b","body_base64":"?"}"#.utf8), whole, Array(whole.prefix(50)),
        ]
        let path = try folder.file("a.jsonl", Array(parts.joined(separator: [0x0A])))
        let items = await CaptureStream.all([.lines(path: path)])
        #expect(items.compactMap(\.capture).map(\.origin.location) == [.line(1), .line(5)])
        let problems = items.compactMap(\.problem)
        #expect(problems.count == 3)
        #expect(problems[0].hasPrefix("\(path): line 2: not valid JSON: "))
        #expect(problems[1] == "\(path): line 4: body_base64 is not Base64 with padding")
        #expect(problems[2].hasPrefix("\(path): line 6: not valid JSON: "))
        #expect(problems[2].hasSuffix("; this last line has no line end, so the file may have been cut off"))
    }

    @Test("Reading continues after any item's position")
    func resuming() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("a.jsonl", Captures.lines((1...5).map { Captures.text("\($0)") }))
        let all = await CaptureStream.all([.lines(path: path)])
        for (index, item) in all.enumerated() {
            var stream = CaptureStream([.lines(path: path)], from: ReplayPosition(point: item.end), receivedAt: Instant(milliseconds: 7))
            var rest: [SourceItem] = []
            while let items = await stream.items() { rest += items }
            #expect(rest == Array(all[(index + 1)...]))
        }
    }

    @Test("A limit ends the stream after that many captures; captures that the filter excludes do not count", arguments: 1...4)
    func limit(limit: Int) async throws {
        let folder = try TemporaryFolder()
        let captures = (1...4).map { Captures.text("wamid.\($0)", at: Int64($0) * 1000) }
        let paths = try [captures[..<2], captures[2...]].enumerated().map { try folder.file("\($0).jsonl", Captures.lines(Array($1))) }
        let filter = CaptureFilter(since: captures[1].delivery.receivedAt)
        let sources = paths.map { CaptureSource.lines(path: $0) }
        var stream = CaptureStream(sources, filter: filter, limit: limit, receivedAt: Instant(milliseconds: 7))
        var items: [SourceItem] = []
        while let more = await stream.items() { items += more }
        #expect(items.compactMap(\.capture).map(\.delivery.body) == captures[1...].prefix(limit).map(\.delivery.body))
        #expect(items.last?.capture != nil)
    }

    @Test(
        "Standard input that is a file is read once, from its current position, whatever was read to recognise its form", arguments: [0, 2])
    func head(resumedAfter index: Int) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("a.jsonl", Captures.lines((1...5).map { Captures.text("\($0)") }))
        let all = await CaptureStream.all([.lines(path: path)])
        let stream = try ByteStream(path: path) { false }
        let head = try #require(try await stream.next(1000))
        let point = index == 0 ? SourcePoint() : all[index - 1].end
        var chunks = JSONLinesChunks(stream, after: point, head: head, receivedAt: Instant(milliseconds: 7))
        var items: [SourceItem] = []
        while let chunk = try await chunks.next() { items += chunk.items() }
        #expect(items == Array(all[index...]))
    }

    @Test("A byte-order mark is not part of the first line, and counts in the position")
    func byteOrderMark() async throws {
        let folder = try TemporaryFolder()
        let captures = Captures.lines((1...2).map { Captures.text("\($0)") })
        let path = try folder.file("a.jsonl", [0xEF, 0xBB, 0xBF] + captures)
        let all = await CaptureStream.all([.lines(path: path)])
        #expect(all.compactMap(\.problem) == [])
        #expect(all.map(\.end.offset) == [Int64(captures.count / 2 + 3), Int64(captures.count + 3)])
    }

    @Test("A HAR file gives its webhooks; binary or truncated bodies are reported with their entry, other requests are counted")
    func har() async throws {
        let folder = try TemporaryFolder()
        let webhook = { (body: String) in
            #"{"startedDateTime":"2026-11-22T17:51:27.123Z","request":{"method":"POST","url":"http://h/webhooks/chat/main","headers":[],\#(body)}}"#
        }
        let entries = [
            webhook(#""postData":{"text":"a"}"#), #"{"request":{"url":"http://h/style.css"}}"#, webhook(#""postData":{"text":"\udcff"}"#),
            "{}", webhook(#""postData":{"text":"b"}"#), "{\"request\":",
        ]
        let path = try folder.file("a.har", "{\"log\":{\"entries\":[\n\(entries.joined(separator: ",\n"))")
        let items = await CaptureStream.all([.har(path: path)])
        #expect(items.compactMap(\.capture).map { "\($0.origin.location)" } == ["entry 0 (line 2)", "entry 4 (line 6)"])
        #expect(items.filter { $0.content == .done(.skipped) }.count == 1)
        #expect(
            items.compactMap(\.problem) == [
                "\(path): entry 2 (line 4): the body is binary, and the file has it as text in which bytes were lost",
                "\(path): entry 3 (line 5): request.url is missing", "\(path): line 7: the file ends within entry 5",
            ])
    }

    @Test("A .http file of a wrong length is reported with its line, and the rest of the folder is read")
    func folder() async throws {
        let folder = try TemporaryFolder()
        let good = try folder.file("f/a.http", "POST /webhooks/chat/main\n\nx")
        let bad = try folder.file("f/b.http", "POST /webhooks/chat/main\nContent-Length: 5\n\nx")
        let elsewhere = try folder.file("f/c.http", "POST /session/start\n\nx")
        let get = try folder.file("f/c2.http", "GET /webhooks/whatsapp-cloud/main?hub.verify_token=t\n\n")
        let late = try folder.file("f/d.http", Captures.text("1").httpFile.fileBytes())
        let items = await CaptureStream.all(try CaptureSource.find(["\(folder.path)/f"], journal: nil))
        #expect(items.compactMap(\.capture).map(\.origin.path) == [good, late])
        #expect(items.compactMap(\.capture).map(\.isDated) == [false, true])
        #expect(
            items.compactMap(\.problem) == [
                "\(bad): line 4: the body has 1 bytes, Content-Length says 5",
                "\(elsewhere): /session/start is not a webhook's path: expected /webhooks/ADAPTER/ACCOUNT",
                "\(get): webhooks are posted: the method is GET",
            ])
    }

    @Test("A source is recognised by its name, or else by its first bytes")
    func recognition() throws {
        let folder = try TemporaryFolder()
        let files = [
            try folder.file("a.jsonl", ""), try folder.file("b.har", ""), try folder.file("c.txt", " {\n \"log\": {}}"),
            try folder.file("d", #"{"target":"x"}"#), try folder.file("e", "POST /x"), try folder.file("f", "SQLite format 3\0"),
        ]
        #expect(
            try CaptureSource.find(files + ["-", "journal"], journal: "/j") == [
                .lines(path: files[0]), .har(path: files[1]), .har(path: files[2]), .lines(path: files[3]), .files([files[4]]),
                .journal(path: files[5]), .standardInput, .journal(path: "/j"),
            ])
    }

    @Test("A missing source, or a folder without captures, is reported in its place; alone it is an error")
    func missing() async throws {
        let folder = try TemporaryFolder()
        let good = try folder.file("a.http", "POST /webhooks/chat/main\n\nx")
        let lines = try folder.file("b.jsonl", Captures.lines([Captures.text("1")]))
        _ = try folder.file("empty/readme.txt", "")
        let (none, empty) = ("\(folder.path)/none", "\(folder.path)/empty")
        let items = await CaptureStream.all(try CaptureSource.find([good, none, lines, empty], journal: nil))
        #expect(items.map { $0.capture?.origin.path } == [good, nil, lines, nil])
        #expect(
            items.compactMap(\.problem) == [
                "\(none): there is no such file or folder", "\(empty): this folder has no .http, .jsonl, .ndjson or .har file",
            ])
        for name in [none, empty] {
            #expect(throws: CaptureFileError.self) { try CaptureSource.find([name], journal: nil) }
        }
    }

    @Test("A filter excludes captures that do not match, and those without a time if it asks for one")
    func filter() async throws {
        let folder = try TemporaryFolder()
        let times: [Int64] = [1000, 2000, 3000]
        let lines = try folder.file("a.jsonl", Captures.lines(times.map { Captures.text("\($0)", at: $0) }))
        let file = try folder.file("a.http", "POST /webhooks/chat/main\n\nx")
        let filter = CaptureFilter(since: Instant(milliseconds: 2000), until: Instant(milliseconds: 3000))
        let items = await CaptureStream.all([.lines(path: lines), .files([file])], filter: filter)
        #expect(items.compactMap(\.capture).map(\.delivery.receivedAt.milliseconds) == [2000])
        #expect(items.filter { $0.content == .done(.skipped) }.count == 3)
    }

    @Test("A pipe is read from its first byte, whatever its name", arguments: ["pipe", "pipe.jsonl"])
    func pipe(name: String) async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/\(name)"
        #expect(mkfifo(path, 0o600) == 0)
        let captures = (1...100).map { Captures.text("\($0)") }
        Thread { try? Data(Captures.lines(captures)).write(to: URL(fileURLWithPath: path)) }.start()
        let items = await CaptureStream.all(try CaptureSource.find([path], journal: nil))
        #expect(items.compactMap(\.capture).count == 100 && items.count == 100)
    }

    @Test("A pipe without a writer is waited for until the replay is stopped")
    func silentPipe() async throws {
        let path = "\(try TemporaryFolder().path)-pipe"
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let stream = try ByteStream(path: path) { true }
        #expect(try await stream.next() == nil)
    }
}
