import ArgumentParser
import Journal
import Messaging
import Operations
import Receiver
import SwitchboardApp

/// The accounts and channels that a filter may name: those of the settings, and those that occur in the journal. Any other name is reported
/// as a typing error instead of an empty list.
struct KnownNames {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// Throws if the settings have no account of the filter's name: for files, only configured accounts can be read.
    func requireConfigured(_ filter: CaptureFilter) throws(ValidationError) {
        guard let account = filter.account, !settings.accounts.contains(where: { isMeant($0, by: filter) }) else { return }
        let names = settings.accounts.map { "\($0.adapter)/\($0.name)" }
        let place = filter.adapter.map { " of \($0)" } ?? ""
        throw Self.unknown(
            "--account: there is no account “\(account)”\(place)", account.rawValue,
            among: settings.accounts.filter { filter.adapter ?? $0.adapter == $0.adapter }.map(\.name.rawValue), known: names)
    }

    /// The accounts of a name, or of ADAPTER/NAME; throws if there is none.
    func accounts(named name: String) throws(ValidationError) -> [Account] {
        let found = settings.accounts.filter { $0.name.rawValue == name || "\($0.adapter)/\($0.name)" == name }
        guard found.isEmpty else { return found }
        let names = settings.accounts.map { "\($0.adapter)/\($0.name)" }
        throw Self.unknown(
            "--account: there is no account “\(name)”", name, among: names + settings.accounts.map(\.name.rawValue), known: names)
    }

    /// Throws if the journal has nothing of such an account either; called for a filter that found nothing.
    func requireKnown(_ filter: CaptureFilter, in reader: JournalReader) async throws {
        guard filter.account != nil else { return }
        for states in [[], [Capture.State.refused]] as [Set<Capture.State>] {
            let named = CaptureFilter(adapter: filter.adapter, account: filter.account, states: states)
            guard try await reader.latestCaptures(named, limit: 1).captures.isEmpty else { return }
        }
        try requireConfigured(filter)
    }

    /// Throws if neither the settings nor any session has the filter's channel; called for a filter that found nothing.
    func requireKnown(_ filter: SessionFilter, in reader: JournalReader) async throws {
        guard let channel = filter.channel, !settings.knownChannels.contains(channel),
            try await reader.sessionCount(SessionFilter(channel: channel)) == 0
        else { return }
        let names = settings.knownChannels.map(\.rawValue).sorted()
        throw Self.unknown("--channel: there is no channel “\(channel)”", channel.rawValue, among: names, known: names)
    }

    private func isMeant(_ account: Account, by filter: CaptureFilter) -> Bool {
        account.name == filter.account && filter.adapter ?? account.adapter == account.adapter
    }

    private static func unknown(_ reason: String, _ name: String, among names: [String], known: [String]) -> ValidationError {
        let meant = NearestName.of(name, among: names).map { ". Did you mean “\($0)”?" } ?? ""
        let names = known.isEmpty ? "none" : known.joined(separator: ", ")
        return ValidationError("\(reason)\(meant)\(meant.isEmpty ? "; known:" : " Known:") \(names)")
    }
}
