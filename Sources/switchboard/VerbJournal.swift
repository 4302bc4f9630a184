import Journal
import Logging
import Messaging
import SwitchboardApp

/// The settings' journal for verbs. An error of the journal ends the verb.
enum VerbJournal {
    /// Reads from the journal.
    static func read<Value>(_ settings: Settings, _ question: (JournalReader) async throws -> Value) async throws -> Value {
        do { return try await question(JournalReader(path: settings.journal.path)) } catch let error as JournalError {
            throw VerbExit.failure(error, settings)
        }
    }

    /// Ends the verb if the journal does not exist.
    static func requireThere(_ settings: Settings) throws {
        do throws(JournalError) { try JournalReader.requireJournal(at: settings.journal.path) } catch {
            throw VerbExit.failure(error, settings)
        }
    }

    /// Writes to the journal, which must exist; a gateway may be using it. By default nothing is logged.
    @discardableResult
    static func write<Value>(
        _ settings: Settings, logger: Logger = Logger(label: "switchboard") { _ in SwiftLogNoOpLogHandler() },
        _ body: (Journal) async throws -> Value
    ) async throws -> Value {
        do {
            try JournalReader.requireJournal(at: settings.journal.path)
            let journal = try Journal(Journal.Configuration(settings), logger: logger)
            let result: Result<Value, any Error>
            do { result = .success(try await body(journal)) } catch { result = .failure(error) }
            try journal.close()
            return try result.get()
        } catch let error as JournalError {
            throw VerbExit.failure(error, settings)
        }
    }
}

extension Journal.Configuration {
    /// The configuration of a journal that a verb writes to, with the gateway's session rules.
    init(_ settings: Settings) {
        self.init(
            path: settings.journal.path, adapters: AdapterRegistry.shipped.traits,
            sessions: SessionPolicy(idleTimeout: settings.session.idleTimeout, idleTimeouts: settings.session.idleTimeouts),
            portfolios: settings.portfolios, keyMemory: settings.journal.keyMemory)
    }

    /// The configuration for many captures, at the settings' path or another, with a larger page cache, since a million captures touch all
    /// parts of the indexes.
    init(importing settings: Settings, path: String) {
        self.init(settings)
        self.path = path
        pageCache = 40 << 20
    }
}
