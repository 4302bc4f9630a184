import Journal
import Messaging

/// Some neighbouring captures of a source, read but not parsed: parsing is done by whoever takes them, on as many threads as there are.
struct SourceBlock: Sendable {
    /// Where the next block begins.
    let end: SourcePoint
    private let parse: @Sendable () -> [SourceItem]

    init(end: SourcePoint, _ parse: @escaping @Sendable () -> [SourceItem]) {
        self.end = end
        self.parse = parse
    }

    /// The captures and problems in it, in order.
    func items(_ filter: ReplayFilter) -> [SourceItem] {
        parse().map { item in
            guard case .capture(let capture) = item.content, !filter.takes(capture) else { return item }
            return SourceItem(content: .skipped, end: item.end)
        }
    }
}

/// Which captures of a source are taken.
public struct ReplayFilter: Sendable, Equatable {
    /// Received at or after this time.
    public var since: Instant?
    /// Received before this time.
    public var until: Instant?
    /// Of this adapter.
    public var adapter: AdapterKind?
    /// Of accounts by this name.
    public var account: AccountName?
    /// Only what has an unresolved dead letter.
    public var onlyDeadLetters = false

    /// Everything.
    public init() {}

    /// Whether a capture is taken; one without a time of its own is not, where times are asked for.
    func takes(_ capture: SourcedCapture) -> Bool {
        let time = capture.delivery.receivedAt
        if since != nil || until != nil, !capture.isDated { return false }
        if let since, time < since { return false }
        if let until, time >= until { return false }
        if let adapter, capture.delivery.adapter != adapter { return false }
        if let account, capture.delivery.account != account { return false }
        return !onlyDeadLetters || capture.line.state == .deadLetter
    }
}
