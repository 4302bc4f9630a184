import Foundation
import GRDB
import SwitchboardTesting
import Synchronization
import Watchdog

@testable import SQLiteStore

/// A file of notes in a folder of its own, written by a committer.
final class TemporaryStore: Sendable {
    let folder: TemporaryFolder
    let path: String
    let file: WritableFile<NoteWriter>
    let signal = CommitSignal()
    let diary: Diary
    /// What the writer asks of the system for the write-ahead log.
    let disk = WatchedFile()

    /// What was told about the file and done to its writer, in order.
    final class Diary: Sendable {
        private let entries = Mutex<[String]>([])

        var all: [String] { entries.withLock { $0 } }
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        func clear() { entries.withLock { $0 = [] } }

        /// In how many transactions the writer puts something before the writes that come next.
        let partsBefore = Mutex(0)
        /// In how many transactions it finishes what it deferred.
        let deferredParts = Mutex(0)
        /// Whether it cannot.
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

    /// Has a note written in the next transaction.
    func write(_ id: Int64, _ text: String = "", author: Int64? = nil) async throws {
        try await file.committer.write(Work("writing a note")) { try $0.insert(id, text, author: author) }
    }

    /// Has a note written that nobody waits for.
    func submit(_ id: Int64, author: Int64? = nil) {
        file.committer.submit(Work("writing a note")) { try $0.insert(id, "", author: author) }
    }

    /// Holds up the writer with a write of its own until `body` is done: what is handed in meanwhile comes into the transactions after it.
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

    /// The ids of all notes, as another process sees them.
    func ids() throws -> [Int64] { try ids(at: path) }

    func ids(at path: String) throws -> [Int64] {
        try DatabaseQueue(path: path).read { try $0.statement("SELECT id FROM notes ORDER BY id").all { $0.integer(0) } }
    }
}

/// Writes notes, and what is asked of it into a diary.
final class NoteWriter: TransactionWriter {
    private let insertion: PreparedStatement
    private let diary: TemporaryStore.Diary
    /// Whether what it sorts needs no file.
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

/// Something that a test throws.
struct Refusal: Error, Equatable {}
