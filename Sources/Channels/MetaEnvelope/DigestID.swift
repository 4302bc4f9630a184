import JSON
import Messaging
import Signing

/// An entry of a delivery, with what all its items have in common. It is read once: an entry may be as large as the whole body.
/// Most deliveries hold messages, which need none of it.
final class Entry {
    private let json: JSON
    /// When it was made.
    private(set) lazy var time = json["time"].time
    /// What tells its items from equal ones of other entries.
    fileprivate private(set) lazy var seed = makeSeed()

    init(_ json: JSON) { self.json = json }

    private func makeSeed() -> [UInt8] {
        var seed: [UInt8] = []
        for part in [json["id"].text, json["time"].text] {
            seed.append(contentsOf: (part ?? "").utf8)
            seed.append(0)
        }
        return seed.count <= 1024 ? seed : Digest.sha256(seed)
    }
}

/// The line and the items of a change, in a digest that is made once and only where it is asked for.
final class Circumstances {
    private let value: JSON
    private(set) lazy var digest = makeDigest()

    init(_ value: JSON) { self.value = value }

    private func makeDigest() -> String {
        let parts = ["metadata", "messages", "message_echoes", "statuses", "calls"].map { value[named: $0].text ?? "" }
        return Hex.encode(Array(Digest.sha256(Array(parts.joined(separator: "\n").utf8)).prefix(16)))
    }
}

extension String {
    /// The id of an item to which Meta gives none: the same when its delivery is repeated, another for an equal item beside it, and for one
    /// amid other circumstances.
    static func digest(of item: JSON, in field: String, of entry: Entry, ordinal: Int, amid circumstances: String? = nil) -> String {
        var bytes = entry.seed
        for part in [field, item.text, String(ordinal)] + (circumstances.map { [$0] } ?? []) {
            bytes.append(contentsOf: (part ?? "").utf8)
            bytes.append(0)
        }
        return "\(field)#\(Hex.encode(Array(Digest.sha256(bytes).prefix(16))))"
    }
}
