/// A request that this process sends.
public struct OutgoingRequest: Sendable, Equatable {
    public var method: String

    /// Absolute; `http` or `https`.
    public var url: String

    /// Sent unchanged in this order. Content-Length, Host and User-Agent are added unless present.
    public var headers: [HTTPField]

    /// The exact bytes; nil sends no body, and an empty array sends `Content-Length: 0`.
    public var body: [UInt8]?

    /// From the call to the last byte of the answer; replaces the transport's `totalTimeout`.
    public var timeout: Duration?

    /// Whether the server is one of this machine: it is asked without a proxy, and whatever names its certificate has.
    public var isToThisMachine = false

    /// The file (PEM) of the certificate authorities to trust; nil for the system's.
    public var authorities: String?

    public init(
        method: String = "GET", url: String, headers: [HTTPField] = [], body: [UInt8]? = nil, timeout: Duration? = nil,
        authorities: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.authorities = authorities
    }
}

/// A server's answer.
public struct IncomingResponse: Sendable, Equatable {
    public var status: Int

    /// The headers in the order received, without those of interim responses.
    public var headers: [HTTPField]
    public var body: [UInt8]

    public init(status: Int, headers: [HTTPField] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header; `name` in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A header field; in answers the name is in lower case.
public struct HTTPField: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
