import Journal
import Logging
import Messaging
import SwitchboardApp

/// The journal of the settings, as verbs use it. What goes wrong with it ends the verb.
enum VerbJournal {
    /// Asks it.
    static func read<Value>(_ settings: Settings, _ question: (JournalReader) async throws -> Value) async throws -> Value {
        do { return try await question(JournalReader(path: settings.journal.path)) } catch let error as JournalError {
            throw VerbExit.failure(error, settings)
        }
    }

    /// Ends the verb where it is not there.
    static func requireThere(_ settings: Settings) throws {
        do throws(JournalError) { try JournalReader.requireJournal(at: settings.journal.path) } catch {
            throw VerbExit.failure(error, settings)
        }
    }

    /// Writes to it. It must be there; a gateway may be running on it. `logger` is where it says what it does; nowhere unless told.
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
    /// A journal that a verb writes to, with the gateway's rules of sessions.
    init(_ settings: Settings) {
        self.init(
            path: settings.journal.path, adapters: AdapterRegistry.shipped.traits,
            sessions: SessionPolicy(idleTimeout: settings.session.idleTimeout, idleTimeouts: settings.session.idleTimeouts),
            portfolios: settings.portfolios)
    }

    /// The same for as many captures as there are, at the settings' path or another: its pages have room, since a million captures touch the
    /// indexes all over.
    init(importing settings: Settings, path: String) {
        self.init(settings)
        self.path = path
        pageCache = 40 << 20
    }
}
