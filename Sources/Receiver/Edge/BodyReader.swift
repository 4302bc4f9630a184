import HTTPTypes
import Hummingbird
import NIOCore
import Spans

/// Reads the bodies of requests, within the limit per body and the limit of all bodies together.
struct BodyReader: Sendable {
    /// The most bytes of one body.
    let limit: Int
    let edge: Edge

    /// Reads the whole body, which counts as held until `release`. Throws 413 if the body is too long, by its Content-Length before reading
    /// or as soon as more has arrived, and 503 if all bodies together are. `most` is the route's own limit, in bytes.
    func read(_ request: Request, upTo most: Int = .max) async throws -> [UInt8] {
        try await edge.spans.during("receive") { try await gather(request, upTo: most) }
    }

    private func gather(_ request: Request, upTo most: Int) async throws -> [UInt8] {
        let limit = min(limit, most)
        // `RequestGate` has made sure that there is at most one; the subscript would search for more and join them.
        let length = request.headers.first { $0.name == .contentLength }.flatMap { Int($0.value) }
        if let length, length > limit { throw HTTPError(.contentTooLarge) }
        var body: [UInt8] = []
        body.reserveCapacity(min(length ?? 0, 64 << 10))
        do {
            for try await part in request.body {
                guard body.count + part.readableBytes <= limit else { throw HTTPError(.contentTooLarge) }
                guard edge.bodies.take(part.readableBytes) else {
                    edge.counts.add(.bodyMemory)
                    throw Problem(.serviceUnavailable, detail: "too many bodies are being read; send it again", retryAfter: 1)
                }
                body.append(contentsOf: part.readableBytesView)
            }
        } catch {
            release(body)
            switch error {
            case is Problem, is HTTPError, is CancellationError: throw error
            case let error where Problem.isOfTheGate(error): throw error
            default: throw Problem(.badRequest, detail: "the body ended before it was complete")
            }
        }
        return body
    }

    /// Releases the memory of a body.
    func release(_ body: [UInt8]) { edge.bodies.release(body.count) }
}
