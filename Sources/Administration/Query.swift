import Forms
import HTTPTypes
import Journal
import Messaging
import Receiver

/// The parameters of a request's query, checked.
struct Query {
    private var values: [String: String] = [:]

    static let mostItems = 200
    private static let usualItems = 50

    /// Throws a problem that names each parameter that is unknown or occurs twice. `limit` belongs to every list.
    init(_ request: OperatorRequest, _ names: String...) throws(Problem) {
        var errors: [PayloadError] = []
        for field in Form(queryOf: request.target) {
            guard names.contains(field.name) else {
                let known = names.isEmpty ? "it has none" : "known are \(names.joined(separator: ", "))"
                errors.append(PayloadError(.field, field: "query", reason: "has an unknown parameter; \(known)"))
                continue
            }
            if values.updateValue(field.value, forKey: field.name) != nil {
                errors.append(PayloadError(.field, field: field.name, reason: "occurs more than once"))
            }
        }
        if let first = errors.first { throw Problem(.badRequest, detail: first.description, errors: errors) }
    }

    /// A parameter; nil if it is missing or empty.
    subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// The most items of a page.
    var limit: Int {
        get throws(Problem) {
            guard let text = self["limit"] else { return Self.usualItems }
            guard let limit = Int(text), (1...Self.mostItems).contains(limit) else {
                throw Self.wrong("limit", "must be a whole number from 1 to \(Self.mostItems)")
            }
            return limit
        }
    }

    /// A time in RFC 3339; nil if it is missing.
    func instant(_ name: String) throws(Problem) -> Instant? {
        try self[name].map { text throws(Problem) in
            guard let instant = Instant(rfc3339: text) else {
                throw Self.wrong(name, "must be a time in RFC 3339, such as 2026-11-27T10:00:00Z")
            }
            return instant
        }
    }

    /// A cursor that is a position; nil if it is missing.
    func position(_ name: String) throws(Problem) -> Int64? {
        try self[name].map { text throws(Problem) in
            guard let position = Int64(text), position > 0 else { throw Self.wrong(name, "must be the member next of the page before") }
            return position
        }
    }

    /// A cursor that is an id; nil if it is missing.
    func id<Subject>(_ name: String) throws(Problem) -> Identifier<Subject>? {
        try self[name].map { text throws(Problem) in
            guard let id = Identifier<Subject>(text) else { throw Self.wrong(name, "must be the member next of the page before") }
            return id
        }
    }

    /// One of a few words; nil if it is missing.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, _ type: Word.Type) throws(Problem) -> Word?
    where Word.RawValue == String {
        try self[name].map { text throws(Problem) in
            guard let word = Word(rawValue: text) else {
                throw Self.wrong(name, "must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return word
        }
    }

    /// `true` or `false`; nil if it is missing.
    func flag(_ name: String) throws(Problem) -> Bool? {
        try self[name].map { text throws(Problem) in
            guard let flag = Bool(text) else { throw Self.wrong(name, "must be true or false") }
            return flag
        }
    }

    /// The problem of a parameter with a wrong value.
    static func wrong(_ name: String, _ reason: String) -> Problem {
        let error = PayloadError(.field, field: name, reason: reason)
        return Problem(.badRequest, detail: error.description, errors: [error])
    }
}

extension OperatorRequest {
    /// The id in the path. Throws 404 if it is none, since nothing has it.
    func id<Subject>(of what: String) throws(Problem) -> Identifier<Subject> {
        guard let id = Identifier<Subject>(self["id"]) else { throw Self.unknown(what) }
        return id
    }

    /// The problem of an id that nothing has.
    static func unknown(_ what: String) -> Problem { Problem(.notFound, detail: "the journal has no \(what) with this id") }
}
