import HTTPTransport
import HTTPTypes
import Hummingbird
import NIOCore

/// Handles every request of a proxy, whatever its path.
struct ProxyRoute: RouterMiddleware {
    let upstream: String
    let transport: HTTPTransport
    let script: ProxyScript

    /// Headers of a single connection, and those that are written anew.
    private static let ownHeaders: Set<String> = ["host", "connection", "content-length", "transfer-encoding", "expect", "date", "server"]

    func handle(
        _ request: Request, context: ConnectionContext, next: @concurrent (Request, ConnectionContext) async throws -> Response
    ) async throws -> Response {
        let forwarded = try await copy(of: request)
        switch script.take(forwarded) {
        case .none: return try await answer(to: forwarded)
        case .delay(let duration):
            try await Task.sleep(for: duration)
            return try await answer(to: forwarded)
        case .cutBefore: return try await cut(context)
        case .cutAfter:
            _ = try await transport.send(forwarded)
            return try await cut(context)
        case .truncate(let count): return truncated(try await transport.send(forwarded), to: count, context)
        case .answer(let status, let headers, let body): return response(status, headers.map { ($0.key, $0.value) }, Array(body.utf8))
        case .hold: return try await hold()
        case .holdAfter:
            _ = try await transport.send(forwarded)
            return try await hold()
        }
    }

    private func copy(of request: Request) async throws -> OutgoingRequest {
        let body = try await request.body.collect(upTo: 64 << 20)
        let headers = request.headers.filter { !ProxyRoute.ownHeaders.contains($0.name.canonicalName) }
        return OutgoingRequest(
            method: request.method.rawValue, url: upstream + request.uri.string,
            headers: headers.map { .init($0.name.rawName, $0.value) },
            body: request.method == .get ? nil : Array(body.readableBytesView))
    }

    private func answer(to request: OutgoingRequest) async throws -> Response {
        let answer = try await transport.send(request)
        return response(answer.status, answer.headers.map { ($0.name, $0.value) }, answer.body)
    }

    private func response(_ status: Int, _ headers: [(String, String)], _ body: [UInt8]) -> Response {
        Response(status: .init(code: status), headers: fields(headers), body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    private func fields(_ headers: [(String, String)]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers where !ProxyRoute.ownHeaders.contains(name.lowercased()) {
            if let name = HTTPTypes.HTTPField.Name(name) { fields.append(.init(name: name, value: value)) }
        }
        return fields
    }

    private func truncated(_ answer: IncomingResponse, to count: Int, _ context: ConnectionContext) -> Response {
        let body = ResponseBody(contentLength: answer.body.count) { writer in
            try await writer.write(ByteBuffer(bytes: answer.body.prefix(count)))
            try await context.channel.close()
            try await writer.finish(nil)
        }
        return Response(status: .init(code: answer.status), headers: fields(answer.headers.map { ($0.name, $0.value) }), body: body)
    }

    private func cut(_ context: ConnectionContext) async throws -> Response {
        try await context.channel.close()
        return Response(status: .badGateway)
    }

    /// Waits until the client disconnects or the proxy ends.
    private func hold() async throws -> Response {
        try await Task.sleep(for: .seconds(3600))
        return Response(status: .badGateway)
    }
}
