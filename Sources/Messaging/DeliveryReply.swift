/// What became of the items of a delivery that was taken and is durable.
public struct DeliveryOutcome: Sendable, Equatable, CustomStringConvertible {
    /// The header that tells it beside an answer in a provider's own form, in lower case.
    public static let header = "switchboard-outcome"

    /// Items stored for the first time, and messages that completed a stored one.
    public var accepted: Int
    /// Items that were stored before and say the same.
    public var duplicates: Int
    /// Items that say something else than the stored one of their id: their delivery is kept.
    public var differing: Int
    /// Items that cannot be read, and are kept as dead letters.
    public var rejected: Int

    /// The counts of one delivery.
    public init(accepted: Int, duplicates: Int, rejected: Int, differing: Int = 0) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.rejected = rejected
        self.differing = differing
    }

    /// The value of the header (a dictionary of RFC 9651): `accepted=1, duplicates=0, rejected=0`, and `differing` where there are any.
    public var description: String {
        "accepted=\(accepted), duplicates=\(duplicates), rejected=\(rejected)" + (differing > 0 ? ", differing=\(differing)" : "")
    }

    /// What a header says; a count that it does not name is 0.
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

/// An answer in the form that a provider wants. What is refused (401, 413, 503, …) is answered by the gateway in its own form.
public struct DeliveryReply: Sendable, Equatable {
    /// 2xx: a provider sends again what is answered otherwise.
    public var status: Int
    /// The media type of the body; nil where there is no body.
    public var contentType: String?
    /// As it is sent.
    public var body: String

    /// An answer of 200 unless it says otherwise; without a body for a status that has none.
    public init(status: Int = 200, contentType: String? = nil, body: String = "") {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
