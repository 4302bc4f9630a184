import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Where other modules add routes that only operators may use. Every error of their actions is answered as a problem.
public struct OperatorRouter {
    let router: Router<BasicRequestContext>
    let door: OperatorDoor
    let bodies: BodyReader

    /// The most bytes of a body for an operator's route.
    public static let bodyLimit = 64 << 10

    /// Adds a route; `path` may have parameters, `admin/sessions/{id}`.
    public func on(
        _ method: HTTPRequest.Method, _ path: String, _ action: @escaping @Sendable (OperatorRequest) async throws -> OperatorAnswer
    ) {
        let bodies = bodies
        router.on(
            RouterPath(path), method: method,
            use: answeringProblems(
                door.admitting { request, context, holder in
                    let asked = OperatorRequest(
                        target: request.head.path ?? "", operator: holder.name,
                        address: Caller.current.map { "\($0.address(request.headers))" },
                        contentType: request.headers[.contentType]
                    ) {
                        context.parameters.get($0)
                    } reading: {
                        let body = try await bodies.read(request, upTo: Self.bodyLimit)
                        bodies.release(body)
                        return body
                    }
                    return try await action(asked).response
                }))
    }
}

/// A request of an operator.
public struct OperatorRequest: Sendable {
    /// The path with its query.
    public let target: String
    /// The operator's name in the settings.
    public let `operator`: String
    /// The client's address; nil if it is not known.
    public let address: String?
    /// The header Content-Type.
    public let contentType: String?
    private let parameter: @Sendable (String) -> String?
    private let reading: @Sendable () async throws -> [UInt8]

    init(
        target: String, operator name: String, address: String?, contentType: String?,
        parameter: @escaping @Sendable (String) -> String?, reading: @escaping @Sendable () async throws -> [UInt8]
    ) {
        self.target = target
        self.operator = name
        self.address = address
        self.contentType = contentType
        self.parameter = parameter
        self.reading = reading
    }

    /// The value of a parameter of the path; empty if the route has no such parameter.
    public subscript(_ name: String) -> String { parameter(name) ?? "" }

    /// Reads the body, up to `OperatorRouter.bodyLimit`; may be called once.
    public func body() async throws -> [UInt8] { try await reading() }
}

/// The answer to an operator's request, which no cache may keep.
public struct OperatorAnswer: Sendable {
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    private let body: [UInt8]

    /// An answer of any media type.
    public init(_ status: HTTPResponse.Status = .ok, contentType: String, headers: HTTPFields = [:], body: [UInt8]) {
        var fields: HTTPFields = [.contentType: contentType, .cacheControl: "no-store"]
        fields.append(contentsOf: headers)
        self.status = status
        self.headers = fields
        self.body = body
    }

    /// An answer in JSON.
    public init(_ status: HTTPResponse.Status = .ok, json: [UInt8]) {
        self.init(status, contentType: "application/json", body: json)
    }

    var response: Response { Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))) }
}
