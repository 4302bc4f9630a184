import Messaging
import PhoneNumbers

extension Party {
    /// Everything that leads to the contact: the number as received first, then the provider's ids, each as it is indexed. A text that is
    /// too long for a number leads nowhere, and neither does a provider's placeholder for an unknown number, since otherwise everybody with
    /// a hidden number would be one person.
    var keys: [Identity] {
        let identities = identities.allSatisfy(\.isOfLength) ? identities : identities.map(\.indexed)
        guard let phone, phone.text.utf8.count <= PhoneNumber.longestBytes, phone.hasDigits else { return identities }
        let isLocal = phone.region != nil && !phone.text.hasPrefix("+")
        return [Identity(kind: Identity.phoneKind, scope: isLocal ? phone.region ?? "" : "", value: phone.text)] + identities
    }
}

extension ReceivedPhone {
    /// Whether it is a number in E.164, digit for digit: with its plus, or without it from a sender that always uses international numbers.
    func isWritten(_ e164: String?) -> Bool {
        guard let e164, e164.hasPrefix("+") else { return false }
        return text == e164 || region == nil && text.utf8.elementsEqual(e164.utf8.dropFirst())
    }

    /// Whether it has a digit other than zero, in any script.
    fileprivate var hasDigits: Bool {
        text.utf8.contains { UInt8(ascii: "1")...UInt8(ascii: "9") ~= $0 } || text.unicodeScalars.contains { $0.decimalValue ?? 0 != 0 }
    }
}

extension Identity {
    /// A number as it was received.
    public static let phoneKind = "phone"
}

extension PhoneNumber {
    /// A stored number and its variants as a JSON array, for `json_each`; nil for none.
    static func list(ofVariantsOf stored: String?) -> String? {
        guard let stored else { return nil }
        return "[" + PhoneNumber(stored: stored).variants.map { "\"\($0.e164)\"" }.joined(separator: ",") + "]"
    }

    /// Parses a number as received, in the way in which its provider means it.
    init?(_ received: ReceivedPhone) {
        if let region = received.region {
            self.init(received.text, region: region)
        } else {
            self.init(international: received.text)
        }
    }
}
