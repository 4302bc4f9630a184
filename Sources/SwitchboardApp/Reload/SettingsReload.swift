import CBeforeMain
import Foundation
import Logging
import Messaging
import NIOPosix
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Reads the settings again on SIGHUP and applies what can change while the gateway runs. Wrong settings change nothing.
final class SettingsReload: Service {
    private let signals: UnixSignalsSequence
    private let current: Mutex<Settings>
    private let read: @Sendable () throws -> Settings
    private let apply: @Sendable (Settings) throws -> Void
    private let counts: ReloadCounts
    private let systemd: ServiceNotification
    private let logger: Logger
    private let hadTerminal = isatty(STDIN_FILENO) == 1

    /// The most problems of refused settings that are logged.
    private static let mostProblems = 40

    /// Listens from now on. `settings` are in force; `read` returns those of the files, and `apply` puts settings into force, or throws and
    /// changes nothing.
    init(
        _ settings: Settings, counts: ReloadCounts, systemd: ServiceNotification, logger: Logger,
        read: @escaping @Sendable () throws -> Settings, apply: @escaping @Sendable (Settings) throws -> Void
    ) async {
        signals = await UnixSignalsSequence(trapping: .sighup)
        current = Mutex(settings)
        self.counts = counts
        self.systemd = systemd
        self.logger = logger
        self.read = read
        self.apply = apply
    }

    /// Returns, which ends the gateway, if its terminal was closed: that sends SIGHUP too.
    func run() async {
        await cancelWhenGracefulShutdown {
            if switchboard_take_early_hangup() != 0 {
                guard await self.answerHangup() else { return }
            }
            for await _ in self.signals {
                guard await self.answerHangup() else { return }
            }
        }
    }

    /// Reloads; false if the signal says that the terminal was closed.
    private func answerHangup() async -> Bool {
        if hadTerminal, isatty(STDIN_FILENO) == 0 { return false }
        systemd.reloading()
        await reload()
        systemd.ready()
        return true
    }

    /// Reads and applies on a thread that may wait for files.
    private func reload() async {
        do {
            try await NIOThreadPool.singleton.runIfActive { try self.change() }
        } catch let error as SettingsError {
            counts.countRefused()
            report(error)
        } catch {
            counts.countRefused()
            refuse(["error": "\(error)"])
        }
    }

    private func change() throws {
        let before = current.withLock { $0 }
        let change = try SettingsChange(from: before, to: try read())
        try apply(change.settings)
        current.withLock { $0 = change.settings }
        counts.countApplied(leaving: change.keysOfRestart.count, at: .now)
        var applied = ReloadedNames(from: before, to: change.settings).metadata
        if !change.appliedKeys.isEmpty { applied["settings.changed"] = .array(change.appliedKeys.map { "\($0)" }) }
        logger.notice("the settings were reloaded", metadata: applied)
        guard !change.keysOfRestart.isEmpty else { return }
        logger.warning(
            "some changed settings need a restart: their previous values stay in force",
            metadata: [
                "settings": .array(change.keysOfRestart.map { "\($0)" }),
                "advice": "restart the gateway when it suits you; everything else of the file is in force",
            ])
    }

    private func report(_ error: SettingsError) {
        for problem in error.problems.prefix(Self.mostProblems) {
            var metadata: Logger.Metadata = ["error": "\(problem)"]
            if let file = error.source { metadata["settings.file"] = "\(file)" }
            if !problem.path.isEmpty { metadata["setting"] = "\(problem.path)" }
            if let line = problem.line { metadata["settings.line"] = .stringConvertible(line) }
            refuse(metadata)
        }
        let more = error.problems.count - Self.mostProblems
        if more > 0 { refuse(["error": "\(more) more problems"]) }
    }

    private func refuse(_ metadata: Logger.Metadata) {
        logger.error("the changed settings cannot be used: the previous ones stay in force", metadata: metadata)
    }
}

/// The accounts, clients and operators that a reload adds, removes and changes.
struct ReloadedNames: Equatable {
    /// What happened to the elements of one list.
    struct Changes: Equatable {
        private(set) var added: [String] = []
        private(set) var removed: [String] = []
        private(set) var changed: [String] = []

        init<Element: Equatable>(from before: [Element], to after: [Element], name: (Element) -> String) {
            let earlier = Dictionary(before.map { (name($0), $0) }) { first, _ in first }
            for element in after {
                guard let former = earlier[name(element)] else {
                    added.append(name(element))
                    continue
                }
                if former != element { changed.append(name(element)) }
            }
            removed = Set(earlier.keys).subtracting(after.map(name)).sorted()
        }
    }

    let accounts: Changes
    let clients: Changes
    let operators: Changes

    init(from before: Settings, to after: Settings) {
        accounts = Changes(from: before.accounts, to: after.accounts, name: \.path)
        clients = Changes(from: before.clients, to: after.clients, name: \.name)
        operators = Changes(from: before.operators, to: after.operators, name: \.name)
    }

    /// The lists that are not empty.
    var metadata: Logger.Metadata {
        var lists: Logger.Metadata = [:]
        for (key, changes) in [("accounts", accounts), ("clients", clients), ("operators", operators)] {
            for (what, names) in [("added", changes.added), ("removed", changes.removed), ("changed", changes.changed)] {
                if !names.isEmpty { lists["\(key).\(what)"] = .array(names.map { "\($0)" }) }
            }
        }
        return lists
    }
}
