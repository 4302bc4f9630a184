import ArgumentParser
import Messaging
import Replay

/// The options by which captures are chosen, for every verb that reads them.
struct CaptureFilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only what was received then or later: 2026-11-22T17:51:27Z, 2026-11-22, or 90s, 30m, 12h, 7d ago.", valueName: "time"))
    var since: TimeOption?

    @Option(help: ArgumentHelp("Only what was received before.", valueName: "time"))
    var until: TimeOption?

    @Option(help: "Only this adapter's: whatsapp-cloud, chat, kiosk.")
    var adapter: String?

    @Option(help: "Only accounts by this name.")
    var account: String?

    /// The times as they were asked for.
    var times: (since: String?, until: String?) { (since?.text, until?.text) }

    /// As sources are filtered.
    var filter: ReplayFilter {
        var filter = ReplayFilter()
        filter.since = since?.instant
        filter.until = until?.instant
        filter.adapter = adapter.map { AdapterKind($0) }
        filter.account = account.map { AccountName($0) }
        return filter
    }
}
