import ArgumentParser
import Journal
import Messaging
import PhoneNumbers
import SwitchboardApp

/// The options that select captures, for every verb that reads them.
struct CaptureFilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only deliveries received at this time or later: \(TimeOption.forms).", valueName: "time"),
        transform: { try TimeOption($0) })
    var since: TimeOption?

    @Option(
        help: ArgumentHelp("Only deliveries received before this time.", valueName: "time"), transform: { try TimeOption($0) })
    var until: TimeOption?

    @Option(help: "Only deliveries of this adapter.")
    var adapter: AdapterOption?

    @Option(help: ArgumentHelp("Only deliveries of accounts with this name, or of one account: adapter/name.", valueName: "name"))
    var account: String?

    func validate() throws {
        if let adapter, let named = account.flatMap(Self.place)?.adapter, named != adapter.kind {
            throw ValidationError("--account \(account ?? "") is not an account of the adapter \(adapter.kind)")
        }
        guard let since, let until, since.instant >= until.instant else { return }
        throw ValidationError("--since \(since.text) is not before --until \(until.text), so nothing can match")
    }

    /// The times as the user wrote them.
    var times: (since: String?, until: String?) { (since?.text, until?.text) }

    /// The filter for sources.
    var filter: CaptureFilter {
        let place = account.flatMap(Self.place)
        return CaptureFilter(
            since: since?.instant, until: until?.instant, adapter: place?.adapter ?? adapter?.kind,
            account: (place?.name ?? account).map { AccountName($0) })
    }

    /// The parts of `kiosk/lobby`, the form in which lists show an account; nil for a name alone.
    private static func place(_ account: String) -> (adapter: AdapterKind, name: String)? {
        let parts = account.split(separator: "/", maxSplits: 1).map { String($0) }
        guard parts.count == 2, let adapter = AdapterOption(argument: parts[0]) else { return nil }
        return (adapter.kind, parts[1])
    }
}

/// One of this program's adapters.
struct AdapterOption: ExpressibleByArgument {
    let kind: AdapterKind

    /// Nil if there is no adapter of this name; the parser then lists the adapters.
    init?(argument: String) {
        guard let kind = AdapterRegistry.shipped.kinds.first(where: { $0.rawValue == argument }) else { return nil }
        self.kind = kind
    }

    static var allValueStrings: [String] { AdapterRegistry.shipped.kinds.map(\.rawValue) }
}

/// The options that select captures of a journal.
struct StoredCaptureOptions: ParsableArguments {
    @OptionGroup var which: CaptureFilterOptions

    @Option(
        help: ArgumentHelp(
            "Only deliveries with an item from or to this phone. A number without a country code belongs to session.default_region.",
            valueName: "number"))
    var phone: String?

    @Option(
        help: ArgumentHelp("Only deliveries with an item of this customer (the CUSTOMER column of `sessions list`).", valueName: "id"))
    var customer: String?

    @Option(
        help: ArgumentHelp(
            """
            Only deliveries with the message, status or event of this id, as the provider names it. Of chat and kiosk events: ID finds those \
            of all sources, SOURCE#ID that of one.
            """, valueName: "id"))
    var externalID: String?

    @Option(
        help: """
            Only deliveries in this state: accepted, all of it is stored; dead_letter, an item could not be read and is not resolved; refused, \
            the gateway refused the request with 400, 401, 415 or 422 (kept only with journal.keep_refused). Default: accepted and dead_letter.
            """)
    var state: Capture.State?

    func validate() throws {
        guard state == .refused, phone != nil || customer != nil || externalID != nil else { return }
        throw ValidationError(
            "--state refused: nothing was read from such requests, so --phone, --customer and --external-id cannot find them")
    }

    /// Throws if a filter that found nothing cannot match anything: it has a future time, or an unknown account.
    func requireReasonable(_ filter: CaptureFilter, _ settings: Settings, in reader: JournalReader) async throws {
        try which.since?.requirePast()
        try await KnownNames(settings).requireKnown(filter, in: reader)
    }

    /// Why a filter that found nothing may match nothing although it names no unknown word; nil if nothing is known.
    func hint(_ settings: Settings) -> String? {
        if state == .refused, !settings.journal.keepRefused {
            return "refused deliveries are kept only while journal.keep_refused is true, and it is false"
        }
        return nil
    }

    /// The filter for the journal.
    func filter(_ settings: Settings) throws -> CaptureFilter {
        let number = try phone.map { try PhoneNumber(argument: $0, settings).e164 }
        var filter = which.filter
        filter.phone = number
        filter.customerID = customer
        filter.externalID = externalID
        filter.states = state.map { [$0] } ?? []
        return filter
    }
}

extension Capture.State: ExpressibleByArgument {}
