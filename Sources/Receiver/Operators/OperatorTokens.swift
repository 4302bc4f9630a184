import Messaging

/// The operators, each with one or two tokens. They send one of them as `Authorization: Bearer TOKEN`.
public struct OperatorTokens: Sendable {
    private let entries: [(name: String, token: BearerSecret)]

    /// Without operators, every token is refused. An operator may have two tokens, so that one can replace the other.
    public init(_ operators: [(name: String, tokens: [Secret])] = []) {
        entries = operators.flatMap { entry in entry.tokens.map { (entry.name, BearerSecret($0)) } }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The operator to whom a token belongs; nil if it belongs to none.
    func holder(of token: String) -> Operator? { holder(ofDigest: BearerSecret.digest(of: token)) }

    /// The operator to whom the token with this digest belongs; nil if it belongs to none.
    func holder(ofDigest digest: [UInt8]) -> Operator? {
        // Compares every token, so that the time does not reveal which one it is.
        return entries.filter { $0.token.matches(digest) }.first.map { Operator(name: $0.name, tokenDigest: digest) }
    }
}

/// An operator who was admitted to a route.
struct Operator: Sendable, Equatable {
    /// The name in the settings.
    let name: String
    /// The digest of the token that admitted the operator, or that opened the console's session.
    let tokenDigest: [UInt8]
    /// The console's session whose cookie the request contained; nil if it contained a token.
    var sessionKey: [UInt8]?
}
