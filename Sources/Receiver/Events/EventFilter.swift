import Forms
import Hummingbird
import Journal
import Messaging

/// The events that a stream sends: for each name in the query, an event must match one of its values.
struct EventFilter: Sendable, Equatable {
    private(set) var kinds: Set<String> = []
    private(set) var types: Set<String> = []
    private(set) var channels: Set<String> = []
    private(set) var accounts: Set<String> = []

    /// Whether every event is sent.
    var isEmpty: Bool { kinds.isEmpty && types.isEmpty && channels.isEmpty && accounts.isEmpty }

    /// Whether a stream with this filter sends an event.
    func admits(_ event: StreamedEvent) -> Bool {
        (kinds.isEmpty || kinds.contains(event.kind.rawValue)) && (types.isEmpty || types.contains(event.type))
            && (channels.isEmpty || event.channel.map(channels.contains) == true)
            && (accounts.isEmpty || accounts.contains(event.account))
    }

    fileprivate mutating func insert(_ value: String, _ name: StreamRequest.Name) {
        switch name {
        case .kind: kinds.insert(value)
        case .type: types.insert(value)
        case .channel: channels.insert(value)
        case .account: accounts.insert(value)
        }
    }
}

/// A client's request to `/events`.
struct StreamRequest: Sendable, Equatable {
    private(set) var filter = EventFilter()
    /// The position after which the stream begins; nil to begin with what is stored from now on.
    private(set) var position: Int64?

    /// The names of filters in a query.
    fileprivate enum Name: String, CaseIterable {
        case kind, type, channel, account
    }

    /// The channels and accounts that exist by the settings: a filter for any other would match nothing for ever.
    struct Known: Sendable {
        let channels: Set<String>
        let accounts: Set<String>

        init(channels: Set<Channel>, accounts: [Account]) {
            self.channels = Set(channels.map(\.rawValue))
            self.accounts = Set(accounts.map { "\($0.adapter)/\($0.name)" })
        }
    }

    private static let lastID = "last_event_id"

    /// Throws a problem that lists everything wrong. `target` is the request's path with its query; `lastEventIDs` are the values of the header
    /// `Last-Event-ID`, which is newer than the query when a client reconnects.
    init(target: String, lastEventIDs: [String], _ known: Known) throws(Problem) {
        var errors: [PayloadError] = []
        var asked: [String] = []
        for field in Form(queryOf: target) {
            if field.name == Self.lastID {
                asked.append(field.value)
            } else if let name = Name(rawValue: field.name) {
                for value in field.value.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
                    if let reason = Self.fault(of: value, name, known) {
                        errors.append(PayloadError(.field, field: name.rawValue, reason: reason))
                    } else {
                        filter.insert(value, name)
                    }
                }
            } else {
                let names = (Name.allCases.map(\.rawValue) + [Self.lastID]).joined(separator: ", ")
                errors.append(PayloadError(.field, field: "query", reason: "has an unknown parameter; known are \(names)"))
            }
        }
        let shown = lastEventIDs.isEmpty ? (Self.lastID, asked) : ("Last-Event-ID", lastEventIDs)
        do throws(PayloadError) { position = try Self.position(shown.1, named: shown.0) } catch { errors.append(error) }
        guard errors.isEmpty else { throw Problem(.badRequest, detail: ListedErrors(errors).sentence, errors: errors) }
    }

    /// An empty text counts as no position, since browsers send one.
    private static func position(_ texts: [String], named name: String) throws(PayloadError) -> Int64? {
        guard texts.count <= 1 else { throw PayloadError(.field, field: name, reason: "occurs more than once") }
        guard let text = texts.first, !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let position = Int64(text) else {
            throw PayloadError(.field, field: name, reason: "must be the id of an event of this stream, a whole number")
        }
        return position
    }

    /// What is wrong with a value, without repeating it, since the log shows the reason.
    private static func fault(of value: String, _ name: Name, _ known: Known) -> String? {
        switch name {
        case .kind: fault(of: value, StreamedKind.allCases.map(\.rawValue))
        case .type: typeFault(of: value)
        case .channel: fault(of: value, known.channels.sorted())
        case .account: fault(of: value, known.accounts.sorted())
        }
    }

    private static func fault(of value: String, _ known: [String]) -> String? {
        known.contains(value) ? nil : "has an unknown value; known are \(known.joined(separator: ", "))"
    }

    /// The types of messages are a fixed set; the words of all other kinds are chosen by their senders.
    private static func typeFault(of value: String) -> String? {
        let parts = value.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let kind = StreamedKind(rawValue: String(parts[0])) else {
            return "must be a kind, a dot and a word, such as message.text, status.read or activity.screen.viewed; kinds are "
                + StreamedKind.allCases.map(\.rawValue).joined(separator: ", ")
        }
        return kind == .message ? fault(of: value, MessageType.allCases.map { "message.\($0.rawValue)" }) : nil
    }
}
