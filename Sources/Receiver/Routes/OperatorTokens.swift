import Hummingbird
import Messaging
import Signing

/// Who may see what is nobody else's business: those who show an operator's token as `Authorization: Bearer TOKEN`.
public struct OperatorTokens: Sendable {
    private let operators: [(name: String, token: Secret)]

    /// Without operators nobody may.
    public init(_ operators: [(name: String, token: Secret)] = []) { self.operators = operators }

    /// The name of the operator whose token a request shows; nil where it shows none, or more than one header.
    func name(in request: Request) -> String? {
        guard case .shown(let token) = BearerHeader(request) else { return nil }
        // Every token is compared, so that the time does not tell which one was nearly right.
        return operators.filter { ConstantTime.equal($0.token.revealed, token) }.first?.name
    }
}

/// What a request shows as `Authorization: Bearer …`.
enum BearerHeader {
    case missing
    /// More than one header: it is not known which of them is meant.
    case several
    /// Another scheme.
    case other
    case shown(String)

    init(_ request: Request) {
        let headers = request.headers[values: .authorization]
        guard let header = headers.first else {
            self = .missing
            return
        }
        guard headers.count == 1 else {
            self = .several
            return
        }
        self = header.lowercased().hasPrefix("bearer ") ? .shown(String(header.dropFirst("bearer ".count))) : .other
    }
}
