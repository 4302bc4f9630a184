import JSON
import Signing

extension String {
    /// The id of an item to which Meta gives none: the same when its delivery is repeated, another for an equal item beside it.
    static func digest(of item: JSON, in field: String, of entry: JSON, ordinal: Int) -> String {
        var bytes: [UInt8] = []
        for part in [entry["id"].text, entry["time"].text, field, item.text, String(ordinal)] {
            bytes.append(contentsOf: (part ?? "").utf8)
            bytes.append(0)
        }
        return "\(field)#\(Hex.encode(Array(Digest.sha256(bytes).prefix(16))))"
    }
}
