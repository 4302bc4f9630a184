import Messaging
import Signing

/// The operators, each with one or two tokens. They send one of them as `Authorization: Bearer TOKEN`.
public struct OperatorTokens: Sendable {
    private let entries: [(name: String, digest: [UInt8])]

    /// Without operators, nobody is one. An operator may have two tokens, so that one can replace the other.
    public init(_ operators: [(name: String, tokens: [Secret])] = []) {
        entries = operators.flatMap { entry in entry.tokens.map { (entry.name, Self.digest(of: $0.revealed)) } }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The operator who has a token; nil if nobody has.
    func holder(of token: String) -> Operator? {
        let digest = Self.digest(of: token)
        // Compares digests, and all of them, so that the time reveals neither the length of a token nor which one was nearly right.
        return entries.filter { ConstantTime.equal($0.digest, digest) }.first.map { Operator(name: $0.name) }
    }

    private static func digest(of token: String) -> [UInt8] { Digest.sha256(Array(token.utf8)) }
}

/// An operator whose token a request contained.
struct Operator: Sendable, Equatable {
    /// As in the settings.
    let name: String
}
