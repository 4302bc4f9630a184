import HTTPTransport
import Messaging
import Relay

/// The address of a project's REST API, and the headers that authenticate a call.
struct RESTAddress: Sendable {
    /// Ends with `/rest/v1`.
    private let base: String
    private let key: Secret
    private let schema: SchemaName

    /// `url` is `SUPABASE_URL` as users write it: with or without a slash or `/rest/v1` at its end.
    init(url: String, key: Secret, schema: SchemaName) throws(CallFailure) {
        var base = url.trimmed
        guard base.hasPrefix("https://") || base.hasPrefix("http://"), !base.hasSuffix("://") else {
            throw CallFailure(.pause, code: "malformed", message: "the URL must begin with https://")
        }
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base.hasSuffix("/rest/v1") ? base : base + "/rest/v1"
        // Keys from the environment often end with a line break.
        self.key = Secret(key.revealed.trimmed)
        self.schema = schema
    }

    /// The request that calls a function; the time limit starts when it is sent.
    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) -> OutgoingRequest {
        OutgoingRequest(
            method: "POST", url: "\(base)/rpc/\(function.rawValue)",
            headers: headers + [
                HTTPField("Content-Type", "application/json"), HTTPField("Accept", "application/json"),
                HTTPField("Content-Profile", schema.name),
            ],
            body: Array("{\"\(function.parameter)\":".utf8) + ContractText.sanitized(argument) + Array("}".utf8), timeout: budget)
    }

    /// The request for the API's description.
    func openAPI(within budget: Duration) -> OutgoingRequest {
        OutgoingRequest(
            url: "\(base)/",
            headers: headers + [HTTPField("Accept", "application/openapi+json"), HTTPField("Accept-Profile", schema.name)], timeout: budget)
    }

    /// PostgREST reads a key that is a JWT from Authorization too; it would refuse any other key there. The gateway refuses secret keys
    /// from user agents that look like browsers, so the request names our own.
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
