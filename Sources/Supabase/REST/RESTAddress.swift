import HTTPTransport
import Messaging
import Relay

/// Where a project's REST side is, and the headers that let a call in.
struct RESTAddress: Sendable {
    /// Ends with `/rest/v1`.
    private let base: String
    private let key: Secret
    private let schema: SchemaName

    /// `url` is `SUPABASE_URL` as people have it: with or without a slash at its end, or with `/rest/v1` already.
    init(url: String, key: Secret, schema: SchemaName) throws(CallFailure) {
        var base = url.trimmed
        guard base.hasPrefix("https://") || base.hasPrefix("http://"), !base.hasSuffix("://") else {
            throw CallFailure(.pause, code: "malformed", message: "the URL must begin with https://")
        }
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base.hasSuffix("/rest/v1") ? base : base + "/rest/v1"
        // Keys come by the environment, often with a line end.
        self.key = Secret(key.revealed.trimmed)
        self.schema = schema
    }

    /// The request that calls a function; the budget counts from when it is sent.
    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) -> OutgoingRequest {
        OutgoingRequest(
            method: "POST", url: "\(base)/rpc/\(function.rawValue)",
            headers: headers + [
                HTTPField("Content-Type", "application/json"), HTTPField("Accept", "application/json"),
                HTTPField("Content-Profile", schema.name),
            ],
            body: Array("{\"\(function.parameter)\":".utf8) + ContractText.sanitized(argument) + Array("}".utf8), timeout: budget)
    }

    /// The request for the API's description of itself.
    func openAPI(within budget: Duration) -> OutgoingRequest {
        OutgoingRequest(
            url: "\(base)/",
            headers: headers + [HTTPField("Accept", "application/openapi+json"), HTTPField("Accept-Profile", schema.name)], timeout: budget)
    }

    /// A key that is a JWT is for PostgREST, too; one that is none would be refused there as a Bearer. Secret keys are refused for agents
    /// that look like browsers, so that one of our own is named.
    private var headers: [HTTPField] {
        let bearer = key.revealed.hasPrefix("eyJ") ? [HTTPField("Authorization", "Bearer \(key.revealed)")] : []
        return [HTTPField("apikey", key.revealed)] + bearer + [HTTPField("User-Agent", "switchboard/1")]
    }
}

extension String {
    fileprivate var trimmed: String {
        let rest = drop { $0.isWhitespace }
        return String(rest.lastIndex { !$0.isWhitespace }.map { rest[...$0] } ?? "")
    }
}
