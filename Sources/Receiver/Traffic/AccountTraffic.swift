import JSON
import Logging
import Messaging
import Synchronization
import Telemetry

/// The times of each account's webhooks: logs when the webhooks of a regular account stop and when they resume, and shows this in
/// `/metrics`. `TrafficHistory` has the rule.
/// Handling a webhook only stores its time. The owner of this object calls `look` at intervals.
public final class AccountTraffic: Sendable {
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var watched = QuarterHours()
        /// The histories of all accounts, including accounts that are no longer in the settings.
        var histories: [Place: TrafficHistory] = [:]
        /// The accounts in the settings.
        var latest: [Place: LastWebhook] = [:]
    }

    /// An account, identified by its labels.
    private struct Place: Hashable, Comparable {
        let adapter: String
        let account: String

        static func < (one: Place, other: Place) -> Bool { (one.adapter, one.account) < (other.adapter, other.account) }
    }

    /// Begins with what an earlier process wrote by `encoded`; with nothing if that is missing or unreadable.
    public init(_ bytes: [UInt8] = [], logger: Logger = Logger(label: "traffic", factory: { _ in SwiftLogNoOpLogHandler() })) {
        self.logger = logger
        state = Mutex(Self.decoded(bytes) ?? State())
    }

    /// The object in which the webhooks of an account in the settings record their time.
    func latest(of account: Account) -> LastWebhook {
        let place = Place(adapter: account.adapter.rawValue, account: account.name.rawValue)
        return state.withLock { state in
            let latest = state.latest[place] ?? LastWebhook()
            state.latest[place] = latest
            return latest
        }
    }

    /// Stops watching accounts that are no longer in the settings. What is known about their webhooks stays, in case they return.
    func keepOnly(_ accounts: [Account]) {
        let places = Set(accounts.map { Place(adapter: $0.adapter.rawValue, account: $0.name.rawValue) })
        state.withLock { state in state.latest = state.latest.filter { places.contains($0.key) } }
    }

    /// Evaluates what has arrived since the last call, and logs which accounts have stopped and which have webhooks again. Must be called
    /// several times in each quarter hour in which the gateway runs.
    public func look(at now: Instant) {
        let changes = state.withLock { state in
            state.watched.insert(QuarterHours.number(of: now))
            return state.latest.sorted { $0.key < $1.key }.compactMap { place, latest in
                state.histories[place, default: TrafficHistory()].look(at: latest.instant, watched: state.watched, now: now)
                    .map { (place, $0) }
            }
        }
        for (place, change) in changes { log(change, of: place) }
    }

    private func log(_ change: TrafficHistory.Change, of place: Place) {
        var metadata: Logger.Metadata = ["delivery.adapter": "\(place.adapter)", "delivery.account": "\(place.account)"]
        switch change {
        case .stopped(let last):
            metadata["webhook.last_at"] = "\(last)"
            metadata["advice"] = """
                look for refused webhooks of the account in /metrics and in the log, then check at the provider whether the webhook is enabled \
                and has the right URL; an account that nobody uses any more can be removed from the settings
                """
            logger.warning("webhooks of an account have stopped coming", metadata: metadata)
        case .resumed(let pause):
            metadata["webhook.pause_seconds"] = .stringConvertible(pause.components.seconds)
            logger.info("webhooks of an account come again", metadata: metadata)
        }
    }

    /// When the last acknowledged webhook of each account in the settings was received; nil if there was none.
    public func lastWebhooks() -> [(adapter: String, account: String, at: Instant?)] {
        state.withLock { state in
            state.latest.sorted { $0.key < $1.key }.map { ($0.adapter, $0.account, $1.instant ?? state.histories[$0]?.last) }
        }
    }

    /// Adds the regular accounts to a page of metrics.
    func write(to page: inout MetricsPage, at now: Instant) {
        let regular = state.withLock { state in
            state.latest.sorted { $0.key < $1.key }.compactMap { place, latest -> (labels: [(String, String)], silent: Double, Bool)? in
                guard let history = state.histories[place], history.isRegular(at: now), let seen = latest.instant ?? history.last
                else { return nil }
                let silence = max(0, now.since(seen).components.seconds)
                return ([("adapter", place.adapter), ("account", place.account)], Double(silence), history.hasStopped)
            }
        }
        page.add(
            "switchboard_account_silent_seconds", .gauge,
            "Seconds since the last acknowledged webhook, for accounts that have webhooks regularly.",
            regular.map { ($0.labels, $0.silent) })
        page.add(
            "switchboard_account_stopped", .gauge, "1 if an account that had webhooks regularly has stopped having them, else 0.",
            regular.map { ($0.labels, $0.2 ? 1 : 0) })
    }
}

// The form of the state in a file.
extension AccountTraffic {
    /// The state that the next process needs, as JSON, without accounts whose last webhook is older than the kept times.
    public func encoded(at now: Instant) -> [UInt8] {
        let (watched, histories) = state.withLock { ($0.watched, $0.histories) }
        var writer = JSONWriter()
        writer.object { file in
            file.member("watched", watched.description)
            file.key("accounts")
            file.array { list in
                for (place, history) in histories.sorted(by: { $0.key < $1.key }) {
                    guard let last = history.last, now.since(last) < Self.kept else { continue }
                    list.object { account in
                        account.member("adapter", place.adapter)
                        account.member("account", place.account)
                        account.member("last", last.description)
                        account.member("stopped", history.hasStopped)
                        account.member("quarter_hours", history.quarters.description)
                    }
                }
            }
        }
        return writer.bytes
    }

    private static let kept = Duration.seconds(QuarterHours.kept * 15 * 60)

    /// Nil if `encoded` did not write these bytes. A single invalid account is left out.
    private static func decoded(_ bytes: [UInt8]) -> State? {
        guard let json = try? JSON(parsing: bytes), let watched = json["watched"].string.flatMap({ QuarterHours($0) }) else { return nil }
        var state = State(watched: watched)
        for account in json["accounts"].elements {
            guard let adapter = account["adapter"].string, let name = account["account"].string,
                let last = account["last"].string.flatMap(Instant.init(rfc3339:)), let hasStopped = account["stopped"].bool,
                let quarters = account["quarter_hours"].string.flatMap({ QuarterHours($0) })
            else { continue }
            state.histories[Place(adapter: adapter, account: name)] = TrafficHistory(
                quarters: quarters, last: last, hasStopped: hasStopped)
        }
        return state
    }
}
