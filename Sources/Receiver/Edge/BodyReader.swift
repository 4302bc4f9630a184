import HTTPTypes
import Hummingbird
import NIOCore

/// Reads the bodies of requests, within the limit for one and the limit for all.
struct BodyReader: Sendable {
    /// Bytes of one body.
    let limit: Int
    let edge: Edge

    /// The whole body, which counts as held until `release`; 413 where it is too long, by its Content-Length before it is read or as soon as more
    /// has come, and 503 where all bodies together are. `most` is a limit of the route's own, in bytes.
    func read(_ request: Request, upTo most: Int = .max) async throws -> [UInt8] {
        let limit = min(limit, most)
        // The gate has seen to it that there is one at most; the subscript would look for more and join them.
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

    /// Says that a body is held no longer.
    func release(_ body: [UInt8]) { edge.bodies.release(body.count) }
}
