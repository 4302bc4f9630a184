import HTTPTypes
import Hummingbird
import JSON
import Journal
import Logging
import Messaging
import NIOCore
import NIOHTTP1
import Watchdog

/// What holds for every delivery of one account, whichever way it comes: its rate, its proof, how it is read, answered, refused and
/// counted.
final class AccountWebhook: Sendable {
    let endpoint: Endpoints.Entry
    let journal: Journal
    private let edge: Edge
    /// The most items of a client's batch.
    private let batchLimit: Int
    private let now: TimeSource
    private let counts: WebhookCounts
    private let unreadable: UnreadableItems

    init(_ endpoint: Endpoints.Entry, journal: Journal, edge: Edge, batchLimit: Int, now: @escaping TimeSource) {
        self.endpoint = endpoint
        self.journal = journal
        self.edge = edge
        self.batchLimit = batchLimit
        self.now = now
        counts = WebhookCounts(endpoint.account, edge.metrics)
        unreadable = UnreadableItems(endpoint, edge)
    }

    var path: String { endpoint.account.path }

    /// Whether the rate has something left, which is asked before a body is read.
    var isWithinRate: Bool { endpoint.rate?.hasToken(at: Edge.monotonicNow) ?? true }

    /// Throws 429 where the rate has nothing left.
    func checkRate() throws(Problem) { try limiting { () throws(Problem) in try endpoint.rate?.check(at: Edge.monotonicNow) } }

    /// Uses up one of the rate for a delivery that is authentic; throws 429 where nothing is left.
    func useRate() throws(Problem) { try limiting { () throws(Problem) in try endpoint.rate?.use(at: Edge.monotonicNow) } }

    private func limiting(_ check: () throws(Problem) -> Void) throws(Problem) {
        do { try check() } catch {
            edge.counts.add(.accountRate)
            throw error
        }
    }

    /// A delivery that came just now.
    func delivery(_ request: Request, body: [UInt8]) -> Delivery {
        Delivery(request, endpoint.account, body: body, receivedAt: now())
    }

    /// A delivery that came just now.
    func delivery(_ head: HTTPRequestHead, body: [UInt8]) -> Delivery {
        Delivery(head, endpoint.account, body: body, receivedAt: now())
    }

    /// Who sent it; throws where nobody proved it.
    func prove(_ delivery: Delivery) throws(AuthenticationError) -> Proof {
        try endpoint.adapter.authenticate(delivery, at: delivery.receivedAt)
    }

    /// A provider's body that cannot be read is kept as a dead letter; a client is told what is wrong with its own.
    func read(_ delivery: Delivery) throws -> [Event] {
        let account = endpoint.account
        let work = Work("reading a delivery", adapter: account.adapter.rawValue, account: account.name.rawValue)
        let events = try journal.board.during(work) { try endpoint.adapter.eventsToKeep(of: delivery, upTo: batchLimit) }
        if endpoint.sender == .client, let errors = onlyErrors(in: events) { throw Problem(errors) }
        return events
    }

    /// What is wrong with a batch in which no item can be read; nil where one can.
    private func onlyErrors(in events: [Event]) -> ListedErrors? {
        let items = events.compactMap(\.unreadableItem)
        return !events.isEmpty && items.count == events.count ? ListedErrors(items) : nil
    }

    /// The answer to what the journal made of a delivery, whose body had been read at `start`; counts it where it is durable.
    func answer(to outcome: AcceptOutcome, _ events: [Event], since start: ContinuousClock.Instant) throws -> Answer {
        switch outcome {
        case .taken(let receipt):
            counts.taken(receipt, after: .now - start)
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

    /// Keeps a delivery that is refused by this error, where the settings want it and its sender can be told by it.
    func keepRefused(_ delivery: Delivery, _ error: any Error) {
        let problem = Problem(error)
        guard AccountWebhook.keptRefusals.contains(problem.status.code) else { return }
        journal.keepRefused(delivery, status: problem.status.code, reason: problem.detail)
    }

    /// What the sender did wrong, and can be told by the delivery.
    private static let keptRefusals = [400, 401, 415, 422]

    /// Counts a delivery that is refused.
    func refused(_ problem: Problem) { counts.refused(problem) }
}

extension DeliveryOutcome {
    /// What a journal made of a delivery.
    fileprivate init(_ receipt: Receipt) {
        self.init(
            accepted: receipt.accepted, duplicates: receipt.duplicates, rejected: receipt.rejected, differing: receipt.differing)
    }
}

extension Event {
    /// Whether it is a message of a type that nobody knows.
    fileprivate var isUnsupportedMessage: Bool { if case .message(let message) = content { message.type == .unsupported } else { false } }
}

extension Answer {
    /// An answer in its provider's form. A header says what our own form would, for a replay to count.
    fileprivate init(_ reply: DeliveryReply, telling outcome: DeliveryOutcome) {
        var headers: HTTPFields = [:]
        if let name = HTTPField.Name(DeliveryOutcome.header) { headers[name] = outcome.description }
        self.init(
            status: HTTPResponse.Status(code: reply.status), contentType: reply.contentType, headers: headers,
            body: reply.contentType == nil ? ByteBuffer() : ByteBuffer(string: reply.body))
    }

    /// `{"accepted":1,"duplicates":0}`, with what is wrong with the items that could not be read. `unsupported` are a client's messages of a type
    /// that nobody knows: they are stored whole, and their sender is told, since the type may be a slip.
    fileprivate init(_ receipt: Receipt, unsupported: Int, rejected: ListedErrors) {
        // What nearly every delivery is answered.
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
