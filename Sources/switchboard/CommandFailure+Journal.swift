import ArgumentParser
import Foundation
import Journal
import Logging
import Messaging
import SwitchboardApp

extension CommandFailure {
    /// A file that is not there, or no journal of this version, is the wrong one; all else may work later.
    static func code(of error: JournalError) -> ExitCode { error.code == .unusable ? badInput : notNow }

    /// Asks the journal of the settings.
    static func reading<Value>(_ settings: Settings, _ question: (JournalReader) async throws -> Value) async throws -> Value {
        do { return try await question(JournalReader(path: settings.journal.path)) } catch let error as JournalError {
            throw failure(error.reason, code(of: error))
        }
    }

    /// Writes to the journal of the settings, which must be there; a gateway may be running on it.
    @discardableResult
    static func writing<Value>(_ settings: Settings, _ body: (Journal) async throws -> Value) async throws -> Value {
        let path = settings.journal.path
        do {
            try JournalReader.requireJournal(at: path)
            let journal = try Journal(
                Journal.Configuration(
                    path: path, adapters: AdapterRegistry.shipped.traits,
                    sessions: SessionPolicy(idleTimeout: settings.session.idleTimeout, idleTimeouts: settings.session.idleTimeouts)),
                logger: Logger(label: "switchboard") { _ in SwiftLogNoOpLogHandler() })
            let result: Result<Value, any Error>
            do { result = .success(try await body(journal)) } catch { result = .failure(error) }
            try journal.close()
            return try result.get()
        } catch let error as JournalError {
            throw failure(error.reason, code(of: error))
        }
    }
}
