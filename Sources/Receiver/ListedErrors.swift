import JSON
import Messaging

/// The errors of a body or of a batch's items, as the sender receives them. A batch may have more wrong items than an answer can list.
struct ListedErrors: Sendable, Equatable {
    private let errors: [Entry]
    /// How many errors there are besides the listed ones.
    let unlisted: Int

    /// The most errors that an answer lists.
    static let limit = 50

    private struct Entry: Equatable {
        /// The index of the item in its batch, counted from 0; nil for an error of the whole body.
        let index: Int?
        let error: PayloadError
    }

    /// The errors of a whole body.
    init(_ errors: [PayloadError]) {
        self.errors = errors.prefix(Self.limit).map { Entry(index: nil, error: $0) }
        unlisted = errors.count - self.errors.count
    }

    /// The errors of a batch's items.
    init(_ items: [UnreadableItem]) {
        let single = items.lazy.filter { $0.count == 1 }
        errors = single.prefix(Self.limit).map { Entry(index: $0.index, error: $0.error) }
        unlisted = items.reduce(0) { $0 + $1.count } - errors.count
    }

    var isEmpty: Bool { errors.isEmpty }

    /// The first three as a sentence: `data.phone is missing; type is missing; and 40 more`.
    var sentence: String { sentence(of: \.description) }

    /// The same sentence in a form that may be logged.
    var logged: String { sentence(of: \.logged) }

    private func sentence(of words: (PayloadError) -> String) -> String {
        let shown = errors.prefix(3).map { words($0.error) }
        let more = errors.count - shown.count + unlisted
        return (shown + (more > 0 ? ["and \(more) more"] : [])).joined(separator: "; ")
    }

    /// Writes the list as a member, followed by the number of errors that are not listed.
    func write(as name: String, to writer: inout JSONWriter) {
        writer.key(name)
        writer.array { list in
            for entry in errors {
                list.object { members in
                    if let index = entry.index { members.member("index", index) }
                    members.member("field", ifPresent: entry.error.field)
                    members.member("reason", entry.error.reason)
                }
            }
        }
        if unlisted > 0 { writer.member("not_listed", unlisted) }
    }
}
