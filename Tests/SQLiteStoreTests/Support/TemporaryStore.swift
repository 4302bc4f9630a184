import Foundation
import GRDB
import SwitchboardTesting
import Synchronization
import Watchdog

@testable import SQLiteStore

/// A file of notes in a temporary folder, written by a committer.
final class TemporaryStore: Sendable {
    let folder: TemporaryFolder
    let path: String
    let file: WritableFile<NoteWriter>
    let signal = CommitSignal()
    let diary: Diary
    /// The writer's system calls for the write-ahead log.
    let disk = WatchedFile()

    /// The reports about the file and the calls of its writer, in order.
    final class Diary: Sendable {
        private let entries = Mutex<[String]>([])

        var all: [String] { entries.withLock { $0 } }
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        func clear() { entries.withLock { $0 = [] } }

        /// The number of transactions that the writer needs before it can begin the next writes.
        let partsBefore = Mutex(0)
        /// The number of transactions that it needs to finish what it deferred.
        let deferredParts = Mutex(0)
        /// Whether finishing fails.
        let refusesToFinish = Mutex(false)
    }

    init(in folder: TemporaryFolder? = nil, _ change: (inout WritableFileSettings) -> Void = { _ in }) throws {
        let folder = try folder ?? TemporaryFolder()
        let diary = Diary()
        self.folder = folder
        self.diary = diary
        path = "\(folder.path)/notes.sqlite"
        var settings = WritableFileSettings(path: path, label: "notes", lockTimeout: .milliseconds(20))
        change(&settings)
        file = try WritableFile(
            settings, board: WorkBoard(), signal: signal, recognize: { _ in },
            migrate: { connections in
                try connections.write { db in
                    try db.execute(
                        sql: """
                            CREATE TABLE IF NOT EXISTS authors (id INTEGER PRIMARY KEY);
                            CREATE TABLE IF NOT EXISTS notes (
                              id INTEGER PRIMARY KEY, text TEXT NOT NULL,
                              author INTEGER REFERENCES authors (id) DEFERRABLE INITIALLY DEFERRED);
                            """)
                }
            },
            onLog: { diary.add("log: \($0)") }, onFailure: { error, writes in diary.add("failed: \(writes) by \(type(of: error))") },
            makeWriter: { [disk] db in
                try disk.watch(WALIndex.logFile(of: db))
                return try NoteWriter(db, diary)
            })
    }

    deinit { try? file.close() }

    /// Writes a note in the next transaction.
    func write(_ id: Int64, _ text: String = "", author: Int64? = nil) async throws {
        try await file.committer.write(Work("writing a note")) { try $0.insert(id, text, author: author) }
    }

    /// Submits a note without waiting for its result.
    func submit(_ id: Int64, author: Int64? = nil) {
        file.committer.submit(Work("writing a note")) { try $0.insert(id, "", author: author) }
    }

    /// Keeps the writer busy until `body` returns: what is submitted meanwhile is written in later transactions.
    func whileWriting(_ body: () async throws -> Void) async throws {
        let (began, beginning) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        file.committer.submit(Work("waiting")) { _ in
            beginning.finish()
            gate.wait()
        }
        for await _ in began {}
        defer { gate.signal() }
        try await body()
    }

    /// The ids of all notes, as another process reads them.
    func ids() throws -> [Int64] { try ids(at: path) }

    func ids(at path: String) throws -> [Int64] {
        try DatabaseQueue(path: path).read { try $0.statement("SELECT id FROM notes ORDER BY id").all { $0.integer(0) } }
    }
}

/// Writes notes, and records its calls in a diary.
final class NoteWriter: TransactionWriter {
    private let insertion: PreparedStatement
    private let diary: TemporaryStore.Diary
    /// Whether SQLite sorts in memory, without a temporary file.
    let sortsInMemory: Bool

    init(_ db: Database, _ diary: TemporaryStore.Diary) throws {
        sortsInMemory = try db.statement("PRAGMA temp_store").first { $0.integer(0) } == 2
        insertion = try PreparedStatement(db, "INSERT INTO notes (id, text, author) VALUES (?, ?, ?)")
        self.diary = diary
    }

    func insert(_ id: Int64, _ text: String, author: Int64?) throws {
        try insertion.run { row in
            row.integer(id)
            row.text(text)
            row.integer(author)
        }
    }

    func begin() throws -> Bool {
        diary.add("begin")
        return diary.partsBefore.withLock { parts in
            defer { parts = max(0, parts - 1) }
            return parts == 0
        }
    }

    func flush() throws { diary.add("flush") }
    func committed(writes count: Int, in duration: Duration) { diary.add("committed: \(count)") }
    func forget() { diary.add("forget") }
    var isFinished: Bool { diary.deferredParts.withLock { $0 == 0 } }

    func finish() throws {
        diary.add("finish")
        if diary.refusesToFinish.withLock({ $0 }) { throw Refusal() }
        diary.deferredParts.withLock { $0 -= 1 }
    }
}

/// An error for tests to throw.
struct Refusal: Error, Equatable {}
