import Foundation
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Journal
import Messaging
import SwitchboardTesting
import Synchronization
import Testing

@testable import Replay

@Suite("A replay")
struct ReplayRunTests {
    @Test("Into a journal it stores each delivery with its own time; again it changes nothing")
    func storing() async throws {
        let folder = try TemporaryFolder()
        let captures = (1...600).map { Captures.text("wamid.\($0)", from: "9198765\(10_000 + $0 % 50)", at: 1_795_370_400_000 - Int64($0)) }
        let path = try folder.file("a.jsonl", Captures.lines(captures + [captures[0]]))
        let journal = try folder.journal()
        let first = await replay([.lines(path: path)], into: JournalSink(journal, events: Captures.events))
        #expect(first.summary.counts == ReplayCounts(accepted: 600, duplicates: 1))
        #expect(first.isComplete)
        let kept = try await journal.reader.captures(CaptureFilter(), after: 0, limit: 1000)
        #expect(kept.map(\.delivery) == captures.map(\.delivery))
        let second = await replay([.journal(path: "\(folder.path)/journal.sqlite")], into: JournalSink(journal, events: Captures.events))
        #expect(second.summary.counts == ReplayCounts(duplicates: 600))
        #expect(try await journal.reader.captures(CaptureFilter(), after: 0, limit: 1000) == kept)
        try journal.close()
    }

    @Test("Captures without an account, lines that are not captures, and refused ones are reported, and their neighbours are stored")
    func problems() async throws {
        let folder = try TemporaryFolder()
        var unknown = Captures.text("wamid.2")
        unknown.delivery.adapter = "fax"
        var other = Captures.text("wamid.3")
        other.delivery.account = "second"
        var refused = Captures.text("wamid.4")
        refused.state = .refused
        refused.refusal = Capture.Refusal(status: 401, reason: "forged")
        let lines = Captures.lines([Captures.text("wamid.1"), unknown, other, refused, Captures.chatByToken(of: nil)])
        let path = try folder.file("a.jsonl", lines + Array("{".utf8))
        let journal = try folder.journal()
        var told: [String] = []
        let ending = await replay([.lines(path: path)], into: JournalSink(journal, events: Captures.events)) { note in
            switch note {
            case .outcome(.problem(let problem), _): told.append(problem.description.replacing(path, with: "FILE"))
            case .outcome(.refused(let refusal), let capture?): told.append("\(capture.origin.location) refused \(refusal)")
            default: break
            }
        }
        try journal.close()
        #expect(
            told.dropLast() == [
                "FILE: line 2: there is no adapter “fax”; known: \(Captures.kinds.map(\.rawValue).sorted().joined(separator: ", "))",
                "FILE: line 3: the settings have no account whatsapp-cloud/second",
                "line 4 refused 401 this delivery was refused when it was received: 401 forged",
                """
                line 5 refused 401 a session token authenticated this delivery, and neither its body nor the capture says whose session it was
                """,
            ])
        #expect(told.last?.hasPrefix("FILE: line 6: not valid JSON") == true)
        #expect(ending.summary.counts.accepted == 1)
        #expect(ending.summary.problems == 3)
        #expect(ending.summary.refused == 2)
    }

    @Test("A capture that a session's token authenticated is stored for that session's person, and cannot be sent")
    func byToken() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("a.jsonl", Captures.lines([Captures.chatByToken(of: "+919876543210")]))
        // A delivery of which nothing was stored names only the contact whose token authenticated it.
        var differing = Captures.chatByToken(of: nil)
        let mark = SessionToken.mark(owner: ContactID("01a2049a-fa35-7027-a07f-d114d83a73fb"))
        differing.delivery.headers = [.init("content-type", "application/cloudevents+json"), .init("x-session-token", mark)]
        let both = try folder.file("b.jsonl", Captures.lines([Captures.chatByToken(of: "+919876543210"), differing]))
        let journal = try folder.journal()
        _ = await replay([.lines(path: path)], into: JournalSink(journal, events: Captures.events))
        #expect(try await journal.reader.sessions(phone: "+919876543210", limit: 2).count == 1)
        try journal.close()
        let client = ReplayClient(
            transport: try HTTPTransport(), base: "http://127.0.0.1:1", signer: CaptureSigner { _, _ in SumAdapter() })
        var refusals: [String] = []
        _ = await replay([.lines(path: both)], into: GatewaySink(client, events: Captures.events)) { note in
            if case .outcome(.refused(let refusal), _) = note { refusals.append("\(refusal)") }
        }
        let reason = "a session token authenticated this delivery, and tokens are not kept: replay it with --into"
        #expect(refusals == [reason, reason])
    }

    @Test("When it is stopped, requests that have begun are finished, and the replay can be continued from there", arguments: [1, 3])
    func stopping(concurrency: Int) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("a.jsonl", Captures.lines((1...40).map { Captures.text("wamid.\($0)") }))
        let got = Mutex<[String]>([])
        try await server(answering: { body in
            got.withLock { $0.append(body) }
            return 200
        }) { base in
            let client = ReplayClient(transport: try HTTPTransport(), base: base, signer: nil)
            let stop = Atomic<Bool>(false)
            var position = ReplayPosition()
            let clock = ReplayClock(isStopped: { stop.load(ordering: .relaxed) })
            let sink = GatewaySink(client, events: Captures.events, concurrency: concurrency, clock: clock)
            let first = await replay([.lines(path: path)], into: sink, clock: clock) { note in
                guard case .reached(let reached) = note else { return }
                position = reached
                if reached.point.count == 10 { stop.store(true, ordering: .relaxed) }
            }
            #expect(!first.isComplete)
            #expect(got.withLock { $0.count } == first.summary.deliveries)
            #expect(first.summary.deliveries < 40)
            let rest = GatewaySink(client, events: Captures.events, concurrency: concurrency)
            let second = await replay([.lines(path: path)], from: position, into: rest)
            #expect(second.isComplete)
            #expect(Set(got.withLock { $0 }).count == 40)
        }
    }

    @Test(
        "When it is stopped while it waits, it stores nothing of what was read ahead, and can be continued from there", arguments: [0, 1])
    func stoppingPaced(leadingProblems: Int) async throws {
        let folder = try TemporaryFolder()
        // The two files are two blocks. The second begins with lines that are not captures, for which a replay does not wait.
        let first = try folder.file("a.jsonl", Captures.lines((1...6).map { Captures.text("wamid.\($0)") }))
        let bad = Array(repeating: Array("{oops\n".utf8), count: leadingProblems + 1).flatMap { $0 }
        let second = try folder.file("b.jsonl", bad + Captures.lines((7...9).map { Captures.text("wamid.\($0)") }))
        let sources: [CaptureSource] = [.lines(path: first), .lines(path: second)]
        let journal = try folder.journal()
        let stop = Atomic<Bool>(false)
        var positions: [ReplayPosition] = []
        let sink = JournalSink(journal, events: Captures.events)
        let clock = ReplayClock(isStopped: { stop.load(ordering: .relaxed) })
        let stopped = await replay(sources, into: sink, pace: ReplayPace(rate: 1000), clock: clock) { note in
            guard case .reached(let position) = note else { return }
            positions.append(position)
            if position.point.count == 3 { stop.store(true, ordering: .relaxed) }
        }
        #expect(!stopped.isComplete)
        #expect(stopped.summary.counts.accepted == 3)
        #expect(stopped.summary.problems == 0)
        #expect(positions.map(\.point.count) == [1, 2, 3])
        let rest = await replay(sources, from: try #require(positions.last), into: sink)
        #expect(rest.isComplete)
        #expect(rest.summary.counts == ReplayCounts(accepted: 6))
        #expect(rest.summary.problems == leadingProblems + 1)
        try journal.close()
    }

    @Test(
        "When it is stopped while a pipe has no data, it is not complete, and half a line is not reported as cut off",
        arguments: [true, false])
    func stoppingPipe(hasHead: Bool) async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        // Opened for reading and writing, the pipe neither waits for another process nor reaches its end.
        let pipe = try FileHandle(forUpdating: URL(filePath: path))
        try pipe.write(contentsOf: Data((hasHead ? Captures.lines([Captures.text("wamid.1")]) : []) + Array("{\"target\"".utf8)))
        let later = try folder.file("later.jsonl", Captures.lines([Captures.text("wamid.2")]))
        let journal = try folder.journal()
        // `isStopped` is called before each block, and then while there is nothing to read.
        let asked = Atomic<Int>(0)
        let blocks = hasHead ? 2 : 1
        let clock = ReplayClock(isStopped: { asked.add(1, ordering: .relaxed).newValue > blocks })
        var told: [String] = []
        let ending = await replay(
            [.lines(path: path), .lines(path: later)], into: JournalSink(journal, events: Captures.events), clock: clock
        ) {
            if case .outcome(.problem(let problem), _) = $0 { told.append(problem.description) }
        }
        try journal.close()
        try pipe.close()
        #expect(!ending.isComplete)
        #expect(ending.summary.counts.accepted == (hasHead ? 1 : 0))
        #expect(told == [])
    }

    @Test("When it is stopped while a pipe has no data, it is not complete")
    func stoppingPipeToGateway() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        let pipe = try FileHandle(forUpdating: URL(filePath: path))
        let asked = Atomic<Int>(0)
        let clock = ReplayClock(isStopped: { asked.add(1, ordering: .relaxed).newValue > 1 })
        let client = ReplayClient(transport: try HTTPTransport(), base: "http://127.0.0.1:1", signer: nil)
        let ending = await replay([.lines(path: path)], into: GatewaySink(client, events: Captures.events, clock: clock), clock: clock)
        try pipe.close()
        #expect(!ending.isComplete)
        #expect(ending.summary == ReplaySummary())
    }

    @Test("A capture that no request can carry is reported, and its neighbours are sent")
    func unsendable() async throws {
        let folder = try TemporaryFolder()
        var headed = Captures.text("wamid.2")
        headed.delivery.headers.append(Delivery.Header("x-note", "a\u{0}b"))
        var spaced = Captures.text("wamid.3")
        spaced.delivery.target = "/webhooks/whatsapp-cloud/main?a b"
        let path = try folder.file("a.jsonl", Captures.lines([Captures.text("wamid.1"), headed, spaced, Captures.text("wamid.4")]))
        try await server(answering: { _ in 200 }) { base in
            let client = ReplayClient(transport: try HTTPTransport(), base: base, signer: nil)
            var told: [CaptureOrigin.Location] = []
            var position = ReplayPosition()
            let ending = await replay([.lines(path: path)], into: GatewaySink(client, events: Captures.events)) { note in
                switch note {
                case .outcome(.problem(let problem), _): told.append(problem.origin.location)
                case .reached(let reached): position = reached
                default: break
                }
            }
            #expect(ending.isComplete)
            #expect(told == [.line(2), .line(3)])
            #expect(position.point.count == 4)
            #expect(ending.summary.deliveries == 2)
            #expect(ending.summary.problems == 2)
            #expect(!ending.summary.isSuccess)
        }
    }

    @Test("A gateway that is temporarily unavailable is tried again when it asks for it, a few times", arguments: [429, 503])
    func patience(status: Int) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("a.jsonl", Captures.lines([Captures.text("wamid.1")]))
        let answers = Mutex([status, status, 200])
        try await server(answering: { _ in answers.withLock { $0.isEmpty ? status : $0.removeFirst() } }) { base in
            let client = ReplayClient(transport: try HTTPTransport(), base: base, signer: nil)
            let sink = GatewaySink(client, events: Captures.events, patience: ReplayPatience(waits: [.zero, .zero]))
            let first = await replay([.lines(path: path)], into: sink)
            #expect(first.summary.isSuccess)
            #expect(answers.withLock { $0.isEmpty })
            let second = await replay([.lines(path: path)], into: sink)
            let failure = try #require(second.failure as? ReplayError)
            #expect(failure.description == "\(path): line 1: the gateway accepts no requests now: \(status)")
            #expect(!second.isComplete)
        }
    }

    @Test("Compared with a journal, nothing differs until a row does; then the difference is reported column by column")
    func comparing() async throws {
        let folder = try TemporaryFolder()
        let journal = try folder.journal()
        let path = try folder.file("a.jsonl", Captures.lines((1...3).map { Captures.text("wamid.\($0)") }))
        _ = await replay([.lines(path: path)], into: JournalSink(journal, events: Captures.events))
        try journal.close()
        let file = "\(folder.path)/journal.sqlite"
        #expect(try await differences([.journal(path: file)], with: file) == [])
        #expect(try await differences([.lines(path: path)], with: file) == [])
        try JournalFile(path: file).execute("UPDATE messages SET text = 'Good-bye' WHERE external_id = 'wamid.2'")
        let found = try await differences([.journal(path: file)], with: file)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("~ messages wamid.2  whatsapp-cloud/main 2026-11-22T18:00:00.000Z  ") == true)
        #expect(found.first?.hasSuffix("\n    - text: Good-bye\n    + text: Hello") == true)
    }

    private func differences(_ sources: [CaptureSource], with journal: String) async throws -> [String] {
        let sink = ComparisonSink(with: [try JournalReader(path: journal)], events: Captures.events)
        var told: [String] = []
        let ending = await replay(sources, into: sink) { note in
            if case .difference(let difference) = note { told.append(DifferenceReport().text(difference)) }
        }
        #expect(ending.summary.differences == told.count)
        #expect(ending.summary.events == ["message.text": 3])
        return told
    }

    private func replay(
        _ sources: [CaptureSource], from position: ReplayPosition = ReplayPosition(), into sink: some ReplaySink,
        pace: ReplayPace = ReplayPace(),
        clock: ReplayClock = ReplayClock(), tell: (ReplayNote) -> Void = { _ in }
    ) async -> ReplayEnding {
        let stream = CaptureStream(sources, from: position, receivedAt: Instant(milliseconds: 7), isStopped: { clock.isStopped })
        return await ReplayRun(stream, into: sink, pace: pace, clock: clock).run(tell: tell)
    }

    private func server(answering status: @escaping @Sendable (String) -> Int, _ body: @escaping @Sendable (String) async throws -> Void)
        async throws
    {
        let router = Router()
        router.post("/webhooks/:adapter/:account") { request, _ in
            let text = String(buffer: try await request.body.collect(upTo: 10_000))
            return Response(status: .init(code: status(text)))
        }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { server in try await body("http://127.0.0.1:\(try #require(server.port))") }
    }
}
