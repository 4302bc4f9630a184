import Hummingbird
import Messaging
import Signing

/// The operators, who may see details that are shown to nobody else. They send their token as `Authorization: Bearer TOKEN`.
public struct OperatorTokens: Sendable {
    private let operators: [(name: String, token: Secret)]

    /// Without operators, nobody may see these details.
    public init(_ operators: [(name: String, token: Secret)] = []) { self.operators = operators }

    /// The operator whose token the request contains; nil if there is none, or more than one header.
    func name(in request: Request) -> String? {
        guard case .shown(let token) = BearerHeader(request) else { return nil }
        // Compares every token, so that the time does not reveal which one was nearly right.
        return operators.filter { ConstantTime.equal($0.token.revealed, token) }.first?.name
    }
}

/// The content of a request's header `Authorization: Bearer …`.
enum BearerHeader {
    case missing
    /// More than one header, so that it is not known which one counts.
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
