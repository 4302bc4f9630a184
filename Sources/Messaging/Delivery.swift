/// The id of a delivery.
public typealias DeliveryID = Identifier<Delivery>

/// One HTTP request as it arrived: the unit of capture and replay.
public struct Delivery: Sendable, Equatable {
    /// The first part of the path after `/webhooks`.
    public var adapter: AdapterKind
    /// The part of the path after the adapter.
    public var account: AccountName
    /// When it arrived, by our clock; also the time of items that have none of their own.
    public var receivedAt: Instant
    /// The method as in the request line.
    public var method: String

    /// Path and query as in the request line.
    public var target: String

    /// The headers in the order received; our own credentials are removed before a delivery is stored.
    public var headers: [Header]

    /// The exact bytes of the body.
    public var body: [UInt8]

    /// The delivery of a request or of a replayed capture.
    public init(
        adapter: AdapterKind, account: AccountName, receivedAt: Instant, method: String = "POST", target: String,
        headers: [Header], body: [UInt8]
    ) {
        self.adapter = adapter
        self.account = account
        self.receivedAt = receivedAt
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// One header field; the name is lower case.
    public struct Header: Sendable, Equatable {
        /// Lower case, so that names compare by `==`.
        public let name: String
        /// Without white space around it.
        public let value: String

        /// A header whose name may be in any letter case.
        public init(_ name: String, _ value: String) {
            self.name = name.lowercased()
            self.value = value
        }

        /// A header whose name is already in lower case.
        public init(lowercase name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The first value of a header; `name` in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The only value of a header that proves something; throws if the header is missing or repeated. `name` in lower case.
    public func soleHeader(_ name: String) throws(AuthenticationError) -> String {
        var value: String?
        for header in headers where header.name == name {
            guard value == nil else { throw AuthenticationError(.repeated, header: name) }
            value = header.value
        }
        guard let value else { throw AuthenticationError(.missing, header: name) }
        return value
    }

    /// The media type of the body without its parameters, lower case: `application/json`.
    public var mediaType: String? {
        header("content-type")?.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() }
    }
}
