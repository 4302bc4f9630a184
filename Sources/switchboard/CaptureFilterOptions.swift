import ArgumentParser
import Journal
import Messaging
import PhoneNumbers
import SwitchboardApp

/// The options by which captures are chosen, for every verb that reads them.
struct CaptureFilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only what was received then or later: \(TimeOption.forms).", valueName: "time"))
    var since: TimeOption?

    @Option(help: ArgumentHelp("Only what was received before.", valueName: "time"))
    var until: TimeOption?

    @Option(help: "Only this adapter's.")
    var adapter: AdapterOption?

    @Option(help: "Only accounts by this name.")
    var account: String?

    func validate() throws {
        guard let since, let until, since.instant >= until.instant else { return }
        throw ValidationError("--since \(since.text) is not before --until \(until.text): nothing was received in between")
    }

    /// The times as they were asked for.
    var times: (since: String?, until: String?) { (since?.text, until?.text) }

    /// As sources are filtered.
    var filter: CaptureFilter {
        CaptureFilter(
            since: since?.instant, until: until?.instant, adapter: adapter?.kind, account: account.map { AccountName($0) }
        )
    }
}

/// One of this program's adapters.
struct AdapterOption: ExpressibleByArgument {
    let kind: AdapterKind

    /// Nil where there is none by this name: the parser tells then which there are.
    init?(argument: String) {
        guard let kind = AdapterRegistry.shipped.kinds.first(where: { $0.rawValue == argument }) else { return nil }
        self.kind = kind
    }

    static var allValueStrings: [String] { AdapterRegistry.shipped.kinds.map(\.rawValue) }
}

/// The options by which captures of a journal are chosen.
struct StoredCaptureOptions: ParsableArguments {
    @OptionGroup var which: CaptureFilterOptions

    @Option(help: "Only what concerns this phone; a number without a country code is one of session.default_region.")
    var phone: String?

    @Option(help: ArgumentHelp("Only what concerns this customer, as `sessions list` shows it.", valueName: "id"))
    var customer: String?

    @Option(help: ArgumentHelp("Only what brought the item of this provider's id.", valueName: "id"))
    var externalID: String?

    @Option(help: "Only these: accepted, dead_letter or refused; without it accepted and dead_letter.")
    var state: Capture.State?

    func validate() throws {
        guard state == .refused, phone != nil || customer != nil || externalID != nil else { return }
        throw ValidationError(
            "--state refused: of what was refused nothing was read, so neither --phone, --customer nor --external-id finds it")
    }

    /// As the journal is asked.
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
