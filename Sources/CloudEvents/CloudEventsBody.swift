import JSON
import Messaging

/// The body of a delivery in one of the two JSON modes of CloudEvents 1.0; its items are read later.
public enum CloudEventsBody: Sendable {
    /// `application/cloudevents+json`: one event, an object.
    case structured(JSON)
    /// `application/cloudevents-batch+json`: an array of events, which may be empty.
    case batch(JSON)

    /// The most levels of nesting. Clients need only a few, and every later reader must be able to parse what is stored.
    static let depthLimit = 64

    /// The media type decides the mode; for `application/json` the shape of the body does. Throws `.mediaType` for any other type, and
    /// `.malformed` if the body is not JSON, has the other shape, or is nested more than 64 levels.
    public init(_ delivery: Delivery) throws(PayloadError) {
        let mediaType = delivery.mediaType ?? ""
        guard ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"].contains(mediaType) else {
            throw PayloadError(
                .mediaType, reason: "Content-Type must be application/cloudevents+json or application/cloudevents-batch+json")
        }
        let json = try CloudEventsBody.parse(delivery.body)
        switch (mediaType, json.kind) {
        case ("application/cloudevents+json", .object), ("application/json", .object): self = .structured(json)
        case ("application/cloudevents-batch+json", .array), ("application/json", .array): self = .batch(json)
        case ("application/cloudevents+json", _): throw PayloadError(.malformed, reason: "the body must be one event, a JSON object")
        case ("application/cloudevents-batch+json", _): throw PayloadError(.malformed, reason: "the body must be a JSON array of events")
        default: throw PayloadError(.malformed, reason: "the body must be one event, a JSON object, or a JSON array of events")
        }
    }

    private static func parse(_ body: [UInt8]) throws(PayloadError) -> JSON {
        guard !body.isEmpty else { throw PayloadError(.malformed, reason: "the body is empty") }
        guard !JSON.isNested(body, deeperThan: depthLimit) else {
            throw PayloadError(.malformed, reason: "the body is nested more than \(depthLimit) levels")
        }
        do throws(JSONError) {
            return try JSON(parsing: body)
        } catch {
            throw PayloadError(.malformed, reason: "the body is not JSON: \(error.reason)")
        }
    }
}
