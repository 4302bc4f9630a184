/// A step in the history of two instances that share a database. People, numbers, ids, customers and tokens are small numbers, so that they
/// often coincide.
///
/// A provider's report may be `late`: it happened before this many of the preceding steps.
enum HistoryStep: Sendable, CustomStringConvertible {
    case message(at: Int, phone: Int?, id: Int?, late: Int = 0)
    /// With `asking`, the instance asks the database; otherwise its journal decides, as during an outage of the database.
    case start(at: Int, phone: Int, customer: Int?, asking: Bool)
    case end(at: Int, token: Int, asking: Bool)
    /// Somebody's number changes, and with it their user id if `id` is given.
    case change(at: Int, phone: Int, to: Int, id: Int? = nil, late: Int = 0)
    /// Somebody's user id changes. Without the former id, the report says only whose number it is; the new id may be shown together with
    /// it.
    case renew(at: Int, id: Int?, to: Int, phone: Int? = nil, late: Int = 0)
    /// An instance sends this many rows of its outbox, in lanes of any order.
    case carry(at: Int, rows: Int, seed: UInt64)
    /// An instance sends its last rows again, because the answer was lost.
    case again(at: Int)
    /// A day and an hour pass.
    case day
    case sweep

    /// The step as code, to be pasted into a test.
    var description: String {
        switch self {
        case .message(let at, let phone, let id, let late):
            ".message(at: \(at), phone: \(text(phone)), id: \(text(id))\(text(late: late)))"
        case .start(let at, let phone, let customer, let asking):
            ".start(at: \(at), phone: \(phone), customer: \(text(customer)), asking: \(asking))"
        case .end(let at, let token, let asking): ".end(at: \(at), token: \(token), asking: \(asking))"
        case .change(let at, let phone, let other, let id, let late):
            ".change(at: \(at), phone: \(phone), to: \(other), id: \(text(id))\(text(late: late)))"
        case .renew(let at, let id, let other, let phone, let late):
            ".renew(at: \(at), id: \(text(id)), to: \(other)\(phone.map { ", phone: \($0)" } ?? "")\(text(late: late)))"
        case .carry(let at, let rows, let seed): ".carry(at: \(at), rows: \(rows), seed: \(seed))"
        case .again(let at): ".again(at: \(at))"
        case .day: ".day"
        case .sweep: ".sweep"
        }
    }

    private func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "nil" }
    private func text(late: Int) -> String { late == 0 ? "" : ", late: \(late)" }

    /// A random step, of a kind with the weights of a bad day.
    static func random(_ generator: inout some RandomNumberGenerator) -> HistoryStep {
        let at = Int.random(in: 0...1, using: &generator)
        let phone = Int.random(in: 0...2, using: &generator)
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<25:
            let id = Int.random(in: 0...5, using: &generator)
            let isKnown = Int.random(in: 0...3, using: &generator) > 0
            return .message(at: at, phone: isKnown ? phone : nil, id: id < 3 || !isKnown ? id % 3 : nil)
        case 25..<50:
            let customer = Int.random(in: 0...3, using: &generator)
            return .start(at: at, phone: phone, customer: customer < 3 ? customer : nil, asking: Bool.random(using: &generator))
        case 50..<57: return .end(at: at, token: Int.random(in: 0...20, using: &generator), asking: Bool.random(using: &generator))
        case 57..<63:
            let id = Int.random(in: 0...5, using: &generator)
            return .change(at: at, phone: phone, to: Int.random(in: 0...2, using: &generator), id: id < 3 ? id : nil)
        case 63..<65:
            return .renew(at: at, id: Int.random(in: 0...2, using: &generator), to: Int.random(in: 0...2, using: &generator))
        case 65..<88: return .carry(at: at, rows: Int.random(in: 1...8, using: &generator), seed: generator.next())
        case 88..<93: return .again(at: at)
        case 93..<96: return .day
        default: return .sweep
        }
    }

    /// The step, or a late report instead of it: a message, a change of a number, or a change of an id without the former one. It uses no
    /// numbers of the generator of `random`, so that a seed keeps giving the same history.
    func orLate(_ generator: inout some RandomNumberGenerator) -> HistoryStep {
        let late = Int.random(in: 1...12, using: &generator)
        let kind = Int.random(in: 0..<10, using: &generator)
        switch self {
        case .message(let at, let phone?, let id, _) where kind == 0:
            return .renew(at: at, id: late % 2 == 0 ? id : nil, to: id ?? late % 3, phone: phone, late: late)
        case .message(let at, let phone, let id, _) where kind < 5: return .message(at: at, phone: phone, id: id, late: late)
        case .change(let at, let phone, let other, let id, _) where kind < 7:
            return .change(at: at, phone: phone, to: other, id: id, late: late)
        case .renew(let at, let id, let other, _, _) where kind < 7: return .renew(at: at, id: id, to: other, late: late)
        case .renew(let at, _, let other, _, _): return .renew(at: at, id: nil, to: other, phone: late % 3)
        default: return self
        }
    }
}
