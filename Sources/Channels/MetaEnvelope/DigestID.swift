import JSON
import Messaging
import Signing

/// An entry of a delivery: the data that its items share. It is read once, since an entry may be as large as the body, and on demand, since
/// most deliveries contain messages, which do not need it.
final class Entry {
    private let json: JSON
    /// When Meta created the entry.
    private(set) lazy var time = json["time"].time
    /// What distinguishes its items from equal ones of other entries.
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

/// A digest of a change's line and items, computed once and on demand.
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
    /// The id of an item to which Meta gives none: the same if its delivery is repeated, but another for an equal item beside it, or with
    /// other circumstances.
    static func digest(of item: JSON, in field: String, of entry: Entry, ordinal: Int, amid circumstances: String? = nil) -> String {
        var bytes = entry.seed
        for part in [field, item.text, String(ordinal)] + (circumstances.map { [$0] } ?? []) {
            bytes.append(contentsOf: (part ?? "").utf8)
            bytes.append(0)
        }
        return "\(field)#\(Hex.encode(Array(Digest.sha256(bytes).prefix(16))))"
    }
}
