/// The counts of a delivery's items by outcome, once the delivery is durable.
public struct DeliveryOutcome: Sendable, Equatable, CustomStringConvertible {
    /// The header that reports the outcome beside an answer in a provider's own form, in lower case.
    public static let header = "switchboard-outcome"

    /// Items stored for the first time, and messages that completed a stored message.
    public var accepted: Int
    /// Items that were already stored with the same content.
    public var duplicates: Int
    /// Items whose id is stored with different content; their delivery is kept.
    public var differing: Int
    /// Items that cannot be read and are kept as dead letters.
    public var rejected: Int

    /// The counts of one delivery.
    public init(accepted: Int, duplicates: Int, rejected: Int, differing: Int = 0) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.rejected = rejected
        self.differing = differing
    }

    /// The value of the header (a dictionary of RFC 9651): `accepted=1, duplicates=0, rejected=0`, with `differing` if there are any.
    public var description: String {
        "accepted=\(accepted), duplicates=\(duplicates), rejected=\(rejected)" + (differing > 0 ? ", differing=\(differing)" : "")
    }

    /// Reads the value of the header; a count that it does not contain is 0.
    public init(header: String) {
        self.init(accepted: 0, duplicates: 0, rejected: 0)
        for member in header.split(separator: ",") {
            let parts = member.split(separator: "=").map { $0.filter { $0 != " " } }
            guard parts.count == 2, let count = Int(parts[1]), count >= 0 else { continue }
            switch parts[0] {
            case "accepted": accepted = count
            case "duplicates": duplicates = count
            case "rejected": rejected = count
            case "differing": differing = count
            default: break
            }
        }
    }
}

/// An answer in the form that a provider expects. Refusals (401, 413, 503, …) are answered in the gateway's own form.
public struct DeliveryReply: Sendable, Equatable {
    /// Must be 2xx: after any other status the provider sends the delivery again.
    public var status: Int
    /// The media type of the body; nil if there is no body.
    public var contentType: String?
    /// The body as it is sent.
    public var body: String

    /// Creates an answer. `body` must be empty if the status allows no body, such as 204.
    public init(status: Int = 200, contentType: String? = nil, body: String = "") {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
