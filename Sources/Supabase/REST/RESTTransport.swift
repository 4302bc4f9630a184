import HTTPTransport
import Messaging
import Spans

/// Calls the contract's functions by the project's REST API, PostgREST.
public final class RESTTransport: SchemaSource {
    public let schema: SchemaName
    private let address: RESTAddress
    private let transport: HTTPTransport
    private let now: TimeSource

    /// Takes `SUPABASE_URL` and `SUPABASE_SERVICE_ROLE_KEY` as users write them. Throws if the URL cannot be one. Calls
    /// are made within `spans`.
    public init(
        url: String, key: Secret, schema: SchemaName = .public, limits: TransportLimits = TransportLimits(), spans: Spans = .off,
        now: @escaping TimeSource = { Instant.now }
    ) throws(CallFailure) {
        self.schema = schema
        address = try RESTAddress(url: url, key: key, schema: schema)
        self.now = now
        do throws(HTTPTransportError) {
            transport = try HTTPTransport(limits: limits, spans: spans)
        } catch {
            throw CallFailure(error)
        }
    }

    public func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        try await answer(to: address.call(function, argument, within: budget))
    }

    /// Returns the API's description of its tables and columns, for `doctor`.
    public func openAPI(within budget: Duration = .seconds(10)) async throws(CallFailure) -> OpenAPIDescription {
        try OpenAPIDescription(await answer(to: address.openAPI(within: budget)))
    }

    /// Tables and columns only, since the API shows no more.
    public func describedSchema(within budget: Duration) async throws(CallFailure) -> SchemaInspection {
        SchemaInspection(try await openAPI(within: budget))
    }

    /// Nil, since the API shows no catalogs.
    public func exposedViews(within budget: Duration) async throws(CallFailure) -> [ExposedView]? { nil }

    /// Nil, since the API cannot compare lengths.
    public func unusableSessions(within budget: Duration) async throws(CallFailure) -> UnusableSessions? { nil }

    public func shutdown() { transport.shutdown() }

    private func answer(to request: OutgoingRequest) async throws(CallFailure) -> [UInt8] {
        let response: IncomingResponse
        do throws(HTTPTransportError) {
            response = try await transport.send(request)
        } catch {
            throw CallFailure(error)
        }
        if let failure = CallFailure(response, at: now()) { throw failure.called(in: schema) }
        return response.body
    }
}
