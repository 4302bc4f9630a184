import Hummingbird

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
