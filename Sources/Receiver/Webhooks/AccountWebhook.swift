import HTTPTypes
import Hummingbird
import JSON
import Journal
import Logging
import Messaging
import NIOCore
import NIOHTTP1
import Signing
import Watchdog

/// The rules for every delivery of one account, on the route and on `DirectPath`: rate, authentication, reading, answers, refusals and
/// counters.
final class AccountWebhook: Sendable {
    let endpoint: Endpoints.Entry
    let journal: Journal
    /// One key per secret of the account, for trial deliveries.
    let trialKeys: [TrialKey]
    private let edge: Edge
    /// The most items in a client's batch.
    private let batchLimit: Int
    private let now: TimeSource
    private let counts: WebhookCounts
    private let unreadable: UnreadableItems
    private let latest: LastWebhook

    init(
        _ endpoint: Endpoints.Entry, journal: Journal, edge: Edge, traffic: AccountTraffic, batchLimit: Int, now: @escaping TimeSource
    ) {
        self.endpoint = endpoint
        self.journal = journal
        trialKeys = endpoint.account.secrets.compactMap { TrialKey(secret: $0.revealed) }
        self.edge = edge
        self.batchLimit = batchLimit
        self.now = now
        counts = WebhookCounts(endpoint.account, edge.metrics)
        unreadable = UnreadableItems(endpoint, edge)
        latest = traffic.latest(of: endpoint.account)
    }

    var path: String { endpoint.account.path }

    /// Whether a delivery is within the rate; checked before a body is read.
    var isWithinRate: Bool { endpoint.rate?.hasToken(at: Edge.monotonicNow) ?? true }

    /// Throws 429 if the rate is used up.
    func checkRate() throws(Problem) { try limiting { () throws(Problem) in try endpoint.rate?.check(at: Edge.monotonicNow) } }

    /// Uses up one of the rate for an authenticated delivery; throws 429 if none is left.
    func useRate() throws(Problem) { try limiting { () throws(Problem) in try endpoint.rate?.use(at: Edge.monotonicNow) } }

    /// Undoes one `useRate`, before the routes take the same delivery and use the rate for it.
    func undoUseOfRate() { endpoint.rate?.undoUse() }

    private func limiting(_ check: () throws(Problem) -> Void) throws(Problem) {
        do { try check() } catch {
            edge.counts.add(.accountRate)
            throw error
        }
    }

    /// A delivery that has just arrived.
    func delivery(_ request: Request, body: [UInt8]) -> Delivery {
        Delivery(request, endpoint.account, body: body, receivedAt: now())
    }

    /// A delivery that has just arrived.
    func delivery(_ head: HTTPRequestHead, body: [UInt8]) -> Delivery {
        Delivery(head, endpoint.account, body: body, receivedAt: now())
    }

    /// Authenticates the sender, or throws.
    func prove(_ delivery: Delivery) throws(AuthenticationError) -> Proof {
        do { return try endpoint.adapter.authenticate(delivery, at: delivery.receivedAt) } catch {
            counts.unauthenticated()
            throw error
        }
    }

    /// The trial delivery that a request is; nil if it is none, which nearly all are.
    func trial(_ request: Request) -> TrialDelivery? { TrialDelivery(request, self, at: now()) }

    /// Why a delivery would not be authenticated; nil if it would be. Unlike `prove`, it counts nothing.
    func refusal(of delivery: Delivery) -> String? {
        do throws(AuthenticationError) {
            _ = try endpoint.adapter.authenticate(delivery, at: delivery.receivedAt)
            return nil
        } catch {
            return error.description
        }
    }

    /// Reads the events. A provider's unreadable body becomes a dead letter; a client's error is thrown, so that the client receives it.
    func read(_ delivery: Delivery) throws -> [Event] {
        let account = endpoint.account
        let work = Work("reading a delivery", adapter: account.adapter.rawValue, account: account.name.rawValue)
        let events = try journal.board.during(work) { try endpoint.adapter.eventsToKeep(of: delivery, upTo: batchLimit) }
        if endpoint.sender == .client, let errors = onlyErrors(in: events) { throw Problem(errors) }
        return events
    }

    /// The errors of a batch in which no item can be read; nil if one can.
    private func onlyErrors(in events: [Event]) -> ListedErrors? {
        let items = events.compactMap(\.unreadableItem)
        return !events.isEmpty && items.count == events.count ? ListedErrors(items) : nil
    }

    /// The answer for the journal's outcome; a durable delivery is also counted, with the time since `start`, when its body had been read.
    func answer(
        to outcome: AcceptOutcome, of delivery: Delivery, _ events: [Event], since start: ContinuousClock.Instant
    ) throws -> Answer {
        switch outcome {
        case .taken(let receipt):
            counts.taken(receipt, events, after: .now - start)
            latest.note(delivery.receivedAt)
            if receipt.rejected > 0 { unreadable.tell(events.compactMap(\.unreadableItem), at: Edge.monotonicNow) }
            let outcome = DeliveryOutcome(receipt)
            if let reply = endpoint.adapter.reply(to: outcome) { return Answer(reply, telling: outcome) }
            return Answer(
                receipt, unsupported: endpoint.sender == .client ? events.count(where: \.isUnsupportedMessage) : 0,
                rejected: ListedErrors(receipt.rejected == 0 ? [] : events.compactMap(\.unreadableItem)))
        case .unknownToken: throw AccountWebhook.unknownToken
        case .foreignPhone(let item):
            let field = events.count == 1 ? "data.phone" : "[\(item)].data.phone"
            throw PayloadError(.field, field: field, reason: "is not the phone of the session")
        }
    }

    static let unknownToken = Problem(.unauthorized, detail: "the header x-session-token names no active session")

    /// Keeps a delivery that is refused because of this error, if the settings ask for it and the delivery can show its sender's mistake.
    func keepRefused(_ delivery: Delivery, _ error: any Error) {
        let problem = Problem(error)
        guard AccountWebhook.keptRefusals.contains(problem.status.code) else { return }
        journal.keepRefused(delivery, status: problem.status.code, reason: problem.detail)
    }

    /// Statuses of a sender's mistakes that the delivery can show.
    private static let keptRefusals = [400, 401, 415, 422]

    func refused(_ problem: Problem) { counts.refused(problem) }
}

extension DeliveryOutcome {
    /// The counts of the journal's receipt.
    fileprivate init(_ receipt: Receipt) {
        self.init(
            accepted: receipt.accepted, duplicates: receipt.duplicates, rejected: receipt.rejected, differing: receipt.differing)
    }
}

extension Event {
    /// Whether it is a message of unknown type.
    fileprivate var isUnsupportedMessage: Bool { if case .message(let message) = content { message.type == .unsupported } else { false } }
}

extension Answer {
    /// An answer in the provider's form, with a header that contains the counts of our own form, so that a replay can read them.
    fileprivate init(_ reply: DeliveryReply, telling outcome: DeliveryOutcome) {
        var headers: HTTPFields = [:]
        if let name = HTTPField.Name(DeliveryOutcome.header) { headers[name] = outcome.description }
        self.init(
            status: HTTPResponse.Status(code: reply.status), contentType: reply.contentType, headers: headers,
            body: reply.contentType == nil ? ByteBuffer() : ByteBuffer(string: reply.body))
    }

    /// `{"accepted":1,"duplicates":0}`, with the errors of unreadable items. `unsupported` counts a client's messages of unknown type: they
    /// are stored whole, but the client should know, since the type may be a typing error.
    fileprivate init(_ receipt: Receipt, unsupported: Int, rejected: ListedErrors) {
        // The answer to nearly all deliveries.
        if receipt.accepted == 1, receipt.duplicates == 0, receipt.differing == 0, unsupported == 0, rejected.isEmpty {
            self = Answer.oneAccepted
            return
        }
        var writer = JSONWriter(capacity: 64)
        writer.object { reply in
            reply.member("accepted", receipt.accepted)
            reply.member("duplicates", receipt.duplicates)
            if receipt.differing > 0 { reply.member("differing", receipt.differing) }
            if unsupported > 0 { reply.member("unsupported", unsupported) }
            guard !rejected.isEmpty else { return }
            rejected.write(as: "rejected", to: &reply)
        }
        self.init(status: .ok, json: writer)
    }

    private static let oneAccepted = Answer(
        status: .ok, contentType: "application/json", body: ByteBuffer(string: #"{"accepted":1,"duplicates":0}"#))
}
