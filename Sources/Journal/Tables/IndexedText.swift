import JSON
import Messaging
import Signing

/// A text of any length as it is in a column that an index is over, here and in the database. A row of PostgreSQL's indexes takes some 2,700 bytes,
/// and a longer one is refused whatever else is in it: such a text is its beginning there, with a digest of all of it.
enum IndexedText {
    /// The most bytes of a text that is as it is: two of them, with the names of adapter and account, are a key of the table `events`. No id that was
    /// stored before there was this rule is longer; the longest were a client's, of a source and an id of 512 bytes each.
    static let longest = 1100
    /// How much of a longer one there is to recognize it by, at most.
    private static let beginning = 100

    /// `wamid.ABC…sha256:5f2c…` of a text of more than `limit` bytes. What is the same text has the same form.
    static func form(of text: String, upTo limit: Int = longest) -> String {
        guard text.utf8.count > limit else { return text }
        return "\(beginning(of: text))…sha256:\(Hex.encode(Digest.sha256(Array(text.utf8))))"
    }

    /// As many whole characters as fit.
    private static func beginning(of text: String) -> String {
        var view = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= beginning else { break }
            view.append(scalar)
        }
        return String(view)
    }
}

extension Identity {
    /// As it leads to a contact.
    var indexed: Identity {
        isOfLength ? self : Identity(kind: kind, scope: scope, value: IndexedText.form(of: value, upTo: Identity.longestValue))
    }
}

extension DeliveredItem {
    /// The JSON of an item with its id as the provider wrote it, where the column of the id has a form of it; nil and an object alone take a member.
    func tellingID(_ json: String?) -> String? {
        guard event.externalID.utf8.count > IndexedText.longest else { return json }
        let object = json ?? "{}"
        guard object.utf8.first == UInt8(ascii: "{") else { return json }
        var writer = JSONWriter(capacity: event.externalID.utf8.count + object.utf8.count + 32)
        writer.object { $0.member("external_id", event.externalID) }
        return object == "{}" ? writer.text : "\(writer.text.dropLast()),\(object.dropFirst())"
    }
}
