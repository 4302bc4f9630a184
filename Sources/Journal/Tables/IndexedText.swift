import JSON
import Messaging
import Signing

/// The form that a text of any length has in an indexed column, here and in the database. PostgreSQL refuses a row if an entry of one of
/// its indexes exceeds some 2,700 bytes. Therefore a long text is shortened to its beginning and a digest of the whole.
enum IndexedText {
    /// The most bytes of a text that is stored unchanged: two of them, with the names of adapter and account, are a key of the table
    /// `events`. No id that was stored before this rule existed is longer; the longest were those of clients, with a source and an id of
    /// 512 bytes each.
    static let longest = 1100
    /// The most bytes of a longer text that are kept, so that people recognize it.
    private static let beginning = 100

    /// The form of a text: `wamid.ABC…sha256:5f2c…` if it has more than `limit` bytes. Equal texts have equal forms.
    static func form(of text: String, upTo limit: Int = longest) -> String {
        guard text.utf8.count > limit else { return text }
        return "\(beginning(of: text))…sha256:\(Hex.encode(Digest.sha256(Array(text.utf8))))"
    }

    /// The first characters that fit, each of them whole.
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
    /// The identity in the form by which contacts are looked up.
    var indexed: Identity {
        isOfLength ? self : Identity(kind: kind, scope: scope, value: IndexedText.form(of: value, upTo: Identity.longestValue))
    }
}

extension DeliveredItem {
    /// The item's JSON. If the column of the external id has only its short form, the full id is added as a member; only nil and objects
    /// can take it.
    func tellingID(_ json: String?) -> String? {
        guard event.externalID.utf8.count > IndexedText.longest else { return json }
        let object = json ?? "{}"
        guard object.utf8.first == UInt8(ascii: "{") else { return json }
        var writer = JSONWriter(capacity: event.externalID.utf8.count + object.utf8.count + 32)
        writer.object { $0.member("external_id", event.externalID) }
        return object == "{}" ? writer.text : "\(writer.text.dropLast()),\(object.dropFirst())"
    }
}
