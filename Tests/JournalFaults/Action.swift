/// One action on a journal. Its text is a line of a history: `message 7 2 phone`.
enum Action: Equatable {
    /// The message with this id, from a person who shows a phone, an id, or both.
    case message(id: Int, person: Int, Sight)
    /// A message at an account that shows a number, a user id, or both, possibly of different persons.
    case seen(id: Int, phone: Int?, user: Int?, ModelAccount)
    /// A provider reports that the number of `phone`, the user id of `user`, or both have changed.
    case becomes(id: Int, phone: Int?, user: Int?, toPhone: Int?, toUser: Int?, ModelAccount)
    /// The same message as a copy from the history, which moves no session.
    case past(id: Int, person: Int)
    /// The placeholder in a history for the message with this id.
    case placeholder(id: Int, person: Int)
    /// An activity that is authenticated by the token of the person's last start.
    case chat(id: Int, person: Int)
    /// A delivery with an item of every kind.
    case mixed(id: Int, person: Int)
    case status(id: Int)
    case unreadable(id: Int)
    /// Customer 0 stands for none.
    case start(person: Int, customer: Int)
    case end(person: Int)
    /// The person's number changes to their other one, or back to the first.
    case change(id: Int, person: Int)
    case advance(seconds: Int)
    case sweep
    /// The database has refused a record permanently.
    case keep(id: Int)
    /// An operator drops all open dead letters.
    case settle
    /// The first delivery with an open dead letter is read again, by an adapter that can now read it.
    case retake
    /// Deliveries that were captured elsewhere, with ids from this one on.
    case capture(id: Int, count: Int)
    case compress
    case prune
    case size
    /// Dead letters that are too old or too many are deleted.
    case letters
    /// A delivery was refused, and is kept as a refused delivery.
    case refused(id: Int)
    /// A page of the outbox is read from the position on, which then moves to the end of the page.
    case carry(limit: Int)
    /// The shared database reports that another instance has ended the person's session.
    case endElsewhere(person: Int)
    /// The shared database reports a session of the person, older or younger than ours.
    case openElsewhere(person: Int, isOlder: Bool)
    /// The shared database reports the person as another contact.
    case mergeElsewhere(person: Int)
    /// A start that the shared database decides, unless it is unavailable.
    case draft(person: Int, isShared: Bool)
    /// Another process changes the person's session in the file.
    case meddle(person: Int)
    /// This many large deliveries one after the other, so that the log is copied back.
    case fill(id: Int, count: Int)
    /// This many simultaneous statuses, which share transactions.
    case burst(id: Int, count: Int)
    case readiness
    /// The journal is closed and opened again.
    case reopen
    /// The same, but meanwhile the file is converted to the version before keys were in runs.
    case earlier
    /// Runs replace the indexes that the earlier version left.
    case takeOver
    /// The cache of every known person is checked: by messages with each of their keys, and a start.
    case probe

    /// What an event shows of its sender.
    enum Sight: String, CaseIterable { case phone, local, id, both, other }
}

extension Action {
    /// Whether it takes several transactions, so that a failure may leave the first of them stored.
    var isSeveral: Bool {
        switch self {
        case .fill, .burst, .compress, .prune, .size, .letters, .reopen, .earlier, .takeOver: true
        default: false
        }
    }

    /// Whether its failure is not reported to the caller.
    var isForgotten: Bool { if case .refused = self { true } else { false } }
}

extension Action: CustomStringConvertible {
    var description: String {
        switch self {
        case .message(let id, let person, let sight): "message \(id) \(person) \(sight)"
        case .seen(let id, let phone, let user, let account): "seen \(id) \(Self.text(phone)) \(Self.text(user)) \(account.rawValue)"
        case .becomes(let id, let phone, let user, let next, let nextUser, let account):
            "becomes \(id) \([phone, user, next, nextUser].map(Self.text).joined(separator: " ")) \(account.rawValue)"
        case .past(let id, let person): "past \(id) \(person)"
        case .placeholder(let id, let person): "placeholder \(id) \(person)"
        case .chat(let id, let person): "chat \(id) \(person)"
        case .mixed(let id, let person): "mixed \(id) \(person)"
        case .status(let id): "status \(id)"
        case .unreadable(let id): "unreadable \(id)"
        case .start(let person, let customer): "start \(person) \(customer)"
        case .end(let person): "end \(person)"
        case .change(let id, let person): "change \(id) \(person)"
        case .advance(let seconds): "advance \(seconds)"
        case .sweep: "sweep"
        case .keep(let id): "keep \(id)"
        case .settle: "settle"
        case .retake: "retake"
        case .capture(let id, let count): "capture \(id) \(count)"
        case .compress: "compress"
        case .prune: "prune"
        case .size: "size"
        case .letters: "letters"
        case .refused(let id): "refused \(id)"
        case .carry(let limit): "carry \(limit)"
        case .endElsewhere(let person): "end-elsewhere \(person)"
        case .openElsewhere(let person, let isOlder):
            "open-elsewhere \(person) \(isOlder ? "older" : "younger")"
        case .mergeElsewhere(let person): "merge-elsewhere \(person)"
        case .draft(let person, let isShared): "draft \(person) \(isShared ? "shared" : "alone")"
        case .meddle(let person): "meddle \(person)"
        case .fill(let id, let count): "fill \(id) \(count)"
        case .burst(let id, let count): "burst \(id) \(count)"
        case .readiness: "readiness"
        case .reopen: "reopen"
        case .earlier: "earlier"
        case .takeOver: "take-over"
        case .probe: "probe"
        }
    }

    /// A number or id that is not shown is written as -1.
    private static func text(_ number: Int?) -> String { "\(number ?? -1)" }

    private static func shown(_ number: Int) -> Int? { number < 0 ? nil : number }

    /// Parses what `description` writes; nil for any other words.
    init?(_ words: [Substring]) {
        let numbers = words.dropFirst().compactMap { Int($0) }
        switch (words.first ?? "", numbers.count, words.last ?? "") {
        case ("message", 2, let word):
            guard let sight = Sight(rawValue: String(word)) else { return nil }
            self = .message(id: numbers[0], person: numbers[1], sight)
        case ("seen", 4, _):
            guard let account = ModelAccount(rawValue: numbers[3]) else { return nil }
            self = .seen(id: numbers[0], phone: Self.shown(numbers[1]), user: Self.shown(numbers[2]), account)
        case ("becomes", 6, _):
            guard let account = ModelAccount(rawValue: numbers[5]) else { return nil }
            let shown = numbers[1...4].map { Self.shown($0) }
            self = .becomes(id: numbers[0], phone: shown[0], user: shown[1], toPhone: shown[2], toUser: shown[3], account)
        case ("past", 2, _): self = .past(id: numbers[0], person: numbers[1])
        case ("placeholder", 2, _): self = .placeholder(id: numbers[0], person: numbers[1])
        case ("chat", 2, _): self = .chat(id: numbers[0], person: numbers[1])
        case ("mixed", 2, _): self = .mixed(id: numbers[0], person: numbers[1])
        case ("status", 1, _): self = .status(id: numbers[0])
        case ("unreadable", 1, _): self = .unreadable(id: numbers[0])
        case ("start", 2, _): self = .start(person: numbers[0], customer: numbers[1])
        case ("end", 1, _): self = .end(person: numbers[0])
        case ("change", 2, _): self = .change(id: numbers[0], person: numbers[1])
        case ("advance", 1, _): self = .advance(seconds: numbers[0])
        case ("sweep", 0, _): self = .sweep
        case ("keep", 1, _): self = .keep(id: numbers[0])
        case ("settle", 0, _): self = .settle
        case ("retake", 0, _): self = .retake
        case ("capture", 2, _): self = .capture(id: numbers[0], count: numbers[1])
        case ("compress", 0, _): self = .compress
        case ("prune", 0, _): self = .prune
        case ("size", 0, _): self = .size
        case ("letters", 0, _): self = .letters
        case ("refused", 1, _): self = .refused(id: numbers[0])
        case ("carry", 1, _): self = .carry(limit: numbers[0])
        case ("end-elsewhere", 1, _): self = .endElsewhere(person: numbers[0])
        case ("open-elsewhere", 1, let word):
            self = .openElsewhere(person: numbers[0], isOlder: word == "older")
        case ("merge-elsewhere", 1, _): self = .mergeElsewhere(person: numbers[0])
        case ("draft", 1, let word): self = .draft(person: numbers[0], isShared: word == "shared")
        case ("meddle", 1, _): self = .meddle(person: numbers[0])
        case ("fill", 2, _): self = .fill(id: numbers[0], count: numbers[1])
        case ("burst", 2, _): self = .burst(id: numbers[0], count: numbers[1])
        case ("readiness", 0, _): self = .readiness
        case ("reopen", 0, _): self = .reopen
        case ("earlier", 0, _): self = .earlier
        case ("take-over", 0, _): self = .takeOver
        case ("probe", 0, _): self = .probe
        default: return nil
        }
    }
}
