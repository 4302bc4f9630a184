/// Something that happens to two instances that share a database. People, numbers, ids, customers and tokens are small numbers, so that they meet.
enum HistoryStep: Sendable, CustomStringConvertible {
    case message(at: Int, phone: Int?, id: Int?)
    /// With `asking`, the instance asks the database; otherwise its journal answers, as while the database is away.
    case start(at: Int, phone: Int, customer: Int?, asking: Bool)
    case end(at: Int, token: Int, asking: Bool)
    /// Somebody's number became another, and their user id with it where one is told.
    case change(at: Int, phone: Int, to: Int, id: Int? = nil)
    /// Somebody's user id became another.
    case renew(at: Int, id: Int, to: Int)
    /// An instance carries so many rows of its outbox, in lanes of any order.
    case carry(at: Int, rows: Int, seed: UInt64)
    /// What an instance carried last is sent again: the answer was lost.
    case again(at: Int)
    /// A day and an hour go by.
    case day
    case sweep

    /// As the code of a test.
    var description: String {
        switch self {
        case .message(let at, let phone, let id): ".message(at: \(at), phone: \(text(phone)), id: \(text(id)))"
        case .start(let at, let phone, let customer, let asking):
            ".start(at: \(at), phone: \(phone), customer: \(text(customer)), asking: \(asking))"
        case .end(let at, let token, let asking): ".end(at: \(at), token: \(token), asking: \(asking))"
        case .change(let at, let phone, let other, let id): ".change(at: \(at), phone: \(phone), to: \(other), id: \(text(id)))"
        case .renew(let at, let id, let other): ".renew(at: \(at), id: \(id), to: \(other))"
        case .carry(let at, let rows, let seed): ".carry(at: \(at), rows: \(rows), seed: \(seed))"
        case .again(let at): ".again(at: \(at))"
        case .day: ".day"
        case .sweep: ".sweep"
        }
    }

    private func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "nil" }

    /// One of each kind, with the weights of a bad day.
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
}
