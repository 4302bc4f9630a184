import Foundation
import GRDB
import SwitchboardTesting
import Synchronization
import Testing
import Watchdog

@testable import SQLiteStore

@Suite("Group commit of a file's writes")
struct GroupCommitterTests {
    @Test("A write is durable when its caller resumes, and returns its result")
    func one() async throws {
        let store = try TemporaryStore()
        let value = try await store.file.committer.write(Work("writing")) { writer in
            try writer.insert(1, "", author: nil)
            return "written"
        }
        #expect(value == "written")
        #expect(try store.ids() == [1])
        #expect(store.diary.all == ["begin", "flush", "committed: 1"])
    }

    @Test("The writer sorts in memory, so that a full disk does not prevent it")
    func sorting() async throws {
        let store = try TemporaryStore()
        #expect(try await store.file.committer.write(Work("asking")) { $0.sortsInMemory })
    }

    @Test("All writes that arrive during a commit share the next transaction")
    func together() async throws {
        let store = try TemporaryStore()
        try await store.whileWriting { for id in Int64(1)...64 { store.submit(id) } }
        try await store.write(65)
        #expect(try store.ids() == Array(1...65))
        let transactions = store.diary.all.filter { $0.hasPrefix("committed") }
        #expect(transactions.prefix(2) == ["committed: 1", "committed: 64"] || transactions == ["committed: 1", "committed: 65"])
    }

    @Test("A transaction takes at most a fixed number of writes, in the order of their arrival")
    func widest() async throws {
        let store = try TemporaryStore { $0.writesATransaction = 10 }
        try await store.whileWriting { for id in Int64(1)...25 { store.submit(id) } }
        try await store.write(26)
        let transactions = store.diary.all.filter { $0.hasPrefix("committed") }
        #expect(transactions.prefix(3) == ["committed: 1", "committed: 10", "committed: 10"])
        #expect(try store.ids() == Array(1...26))
    }

    @Test("If the writer must write something first, the waiting writes are in the transaction after it")
    func partsBefore() async throws {
        let store = try TemporaryStore()
        store.diary.partsBefore.withLock { $0 = 2 }
        try await store.write(1)
        #expect(store.diary.all == ["begin", "committed: 0", "begin", "committed: 0", "begin", "flush", "committed: 1"])
        #expect(try store.ids() == [1])
    }

    @Test("Before the file is closed the writer finishes deferred work, one part per transaction", arguments: [false, true])
    func finishing(isRefused: Bool) async throws {
        let store = try TemporaryStore()
        store.diary.deferredParts.withLock { $0 = 2 }
        store.diary.refusesToFinish.withLock { $0 = isRefused }
        try store.file.close()
        let part = ["begin", "finish", "flush", "committed: 1"]
        #expect(store.diary.all == (isRefused ? ["begin", "finish", "forget", "failed: 1 by Refusal"] : part + part))
    }

    @Test("Each of many simultaneous callers gets the result of its own write")
    func callers() async throws {
        let store = try TemporaryStore()
        let values = try await withThrowingTaskGroup(of: Int64.self) { group in
            for id in Int64(1)...200 {
                group.addTask {
                    try await store.file.committer.write(Work("writing")) { writer in
                        try writer.insert(id, "", author: nil)
                        return id * 2
                    }
                }
            }
            return try await group.reduce(into: [Int64]()) { $0.append($1) }
        }
        #expect(values.sorted() == (1...200).map { $0 * 2 })
        #expect(try store.ids() == Array(1...200))
    }

    @Test("A write that SQLite refuses does not affect those beside it")
    func refused() async throws {
        let store = try TemporaryStore()
        try await store.write(13)
        store.diary.clear()
        try await store.whileWriting { for id in Int64(11)...15 { store.submit(id) } }
        try await store.write(16)
        #expect(try store.ids() == Array(11...16))
        #expect(store.diary.all.contains("failed: 1 by DatabaseError"))
        #expect(store.diary.all.filter { $0 == "forget" }.count == 2, "once for all, once for the one")
        let error = await #expect(throws: SQLiteError.self) { try await store.write(13) }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }

    @Test("If another failure occurs, all writes of its transaction fail, and the next one succeeds")
    func failed() async throws {
        let store = try TemporaryStore()
        try await store.whileWriting {
            for id in Int64(1)...3 { store.submit(id) }
            store.file.committer.submit(Work("failing")) { _ in throw Refusal() }
        }
        await #expect(throws: Refusal.self) { try await store.file.committer.write(Work("failing")) { _ in throw Refusal() } }
        #expect(try store.ids() == [])
        try await store.write(4)
        #expect(try store.ids() == [4])
    }

    @Test(
        "A lock that is not released fails the BEGIN of all waiting writes; the next write succeeds",
        arguments: ["COMMIT", "ROLLBACK"])
    func begin(end: String) async throws {
        let store = try TemporaryStore()
        let other = try OtherProcess(store.path)
        try other.execute("BEGIN IMMEDIATE; INSERT INTO authors (id) VALUES (1)")
        store.diary.clear()
        let errors = await withTaskGroup(of: ResultCode?.self) { group in
            for id in Int64(1)...20 {
                group.addTask {
                    do { try await store.write(id) } catch let error as SQLiteError { return error.resultCode } catch {}
                    return nil
                }
            }
            return await group.reduce(into: [ResultCode?]()) { $0.append($1) }
        }
        #expect(errors == Array(repeating: ResultCode.SQLITE_BUSY, count: 20))
        #expect(store.diary.all.allSatisfy { $0 == "forget" || $0.hasPrefix("failed") } && !store.diary.all.isEmpty)
        try other.execute(end)
        try other.close()
        try await store.write(21)
        #expect(try store.ids() == [21])
    }

    @Test("A COMMIT that fails because of one write rolls back only that write, and leaves no transaction open")
    func commit() async throws {
        let store = try TemporaryStore()
        // The author of the note does not exist, which SQLite checks only at the end of the transaction.
        let error = await #expect(throws: SQLiteError.self) { try await store.write(1, author: 9) }
        #expect(error?.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY)
        try await store.whileWriting {
            for id in Int64(2)...4 { store.submit(id, author: id == 3 ? 9 : nil) }
        }
        try await store.write(5)
        #expect(try store.ids() == [2, 4, 5])
    }

    @Test("More writes than may wait are refused, and the waiting ones succeed")
    func overload() async throws {
        let store = try TemporaryStore { $0.waitingWrites = 3 }
        try await store.whileWriting {
            for id in Int64(1)...3 { store.submit(id) }
            let error = await #expect(throws: StoreError.self) { try await store.write(4) }
            #expect(error?.code == .overloaded)
        }
        // There is no space for another write until the next transaction has taken the waiting ones.
        while await (try? store.write(5)) == nil {}
        #expect(try store.ids() == [1, 2, 3, 5])
    }

    @Test("Writes that wait when the file is closed are done; later ones are refused")
    func closing() async throws {
        let store = try TemporaryStore()
        try await store.whileWriting { for id in Int64(1)...10 { store.submit(id) } }
        try store.file.close()
        let error = await #expect(throws: StoreError.self) { try await store.write(11) }
        #expect(error?.code == .closed)
        #expect(try store.ids() == Array(1...10))
    }

    @Test("Nothing is acknowledged after one of the files was removed or replaced", arguments: ["", "-wal", "-shm"], [true, false])
    func gone(_ suffix: String, isReplaced: Bool) async throws {
        let store = try TemporaryStore()
        try await store.write(1)
        try FileManager.default.removeItem(atPath: store.path + suffix)
        if isReplaced { #expect(FileManager.default.createFile(atPath: store.path + suffix, contents: nil)) }
        let error = await #expect(throws: StoreError.self) { try await store.write(2) }
        #expect(error?.code == .gone)
        #expect(error?.message == store.path + suffix)
    }

    @Test("Listeners are notified once of commits since they last looked, and of the end")
    func signal() async throws {
        let store = try TemporaryStore()
        var commits = store.signal.makeStream().makeAsyncIterator()
        for id in Int64(1)...3 { try await store.write(id) }
        // The signal follows the answers, so it has certainly been sent only after closing.
        try store.file.close()
        #expect(await commits.next() != nil)
        store.signal.finish()
        #expect(await commits.next() == nil)
    }
}
