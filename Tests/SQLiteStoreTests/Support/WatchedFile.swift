import GRDBSQLite
import Synchronization

@testable import SQLiteStore

/// Records a connection's system calls for one of its files, and lets some of them fail.
final class WatchedFile: Sendable {
    private let state = Mutex(State())

    private struct State {
        var calls: [Call] = []
        var (failingWrites, failingSyncs) = (0, 0)
    }

    /// A system call.
    enum Call: Equatable {
        case write(bytes: Int)
        case sync
    }

    var calls: [Call] { state.withLock { $0.calls } }
    var syncs: Int { calls.count { $0 == .sync } }
    /// The size of each write.
    var bytes: [Int] { calls.compactMap { if case .write(let bytes) = $0 { bytes } else { nil } } }

    func forget() { state.withLock { $0.calls = [] } }

    /// Makes this many of the next syncs fail.
    func fail(syncs count: Int) { state.withLock { $0.failingSyncs = count } }

    /// Makes this many of the next writes fail with a full disk.
    func fail(writes count: Int) { state.withLock { $0.failingWrites = count } }

    /// Begins to watch a file.
    func watch(_ file: UnsafeMutablePointer<sqlite3_file>) throws {
        try FileMethods.replace(of: file, for: self) { methods in
            methods.xWrite = { file, bytes, count, offset in
                FileMethods<WatchedFile>.call(file) { owner, original, file in
                    owner.fails(.write(bytes: Int(count)), \.failingWrites)
                        ? SQLITE_FULL : original.pointee.xWrite?(file, bytes, count, offset) ?? SQLITE_MISUSE
                }
            }
            methods.xSync = { file, flags in
                FileMethods<WatchedFile>.call(file) { owner, original, file in
                    owner.fails(.sync, \.failingSyncs) ? SQLITE_IOERR : original.pointee.xSync?(file, flags) ?? SQLITE_MISUSE
                }
            }
        }
    }

    private func fails(_ call: Call, _ failing: WritableKeyPath<State, Int>) -> Bool {
        state.withLock { state in
            state.calls.append(call)
            guard state[keyPath: failing] > 0 else { return false }
            state[keyPath: failing] -= 1
            return true
        }
    }
}
