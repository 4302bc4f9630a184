import Forms
import Foundation
import JSON
import Messaging
import Replay
import Signing

/// The personal data in a delivery, found independently of the redaction's rules: the strings and numbers of its body, as a whole and word
/// by word. Excepted are the provider's vocabulary and times, and words that are also keys.
struct Originals {
    private var found: Set<String> = []
    /// The words in any delivery of the adapter: keys, the provider's vocabulary, the capture format's own words.
    private var vocabulary =
        "delivery_id adapter account received_at method target headers body state accepted x-session-token /webhooks/whatsapp-cloud"

    /// The texts that must not occur in the redacted delivery.
    var texts: Set<String> { found.filter { !vocabulary.lowercased().contains($0.lowercased()) } }

    /// Keys of objects whose members may have any name, so that these names identify nothing.
    private var freeForms: Set<String> = []

    private var wordKeys: Set<String> = [
        "object", "field", "messaging_product", "type", "status", "event", "direction", "mime_type", "category", "pricing_model",
        "recipient_type", "specversion", "datacontenttype", "action", "time", "timestamp", "start_time", "end_time",
        "creation_timestamp", "expiration_timestamp", "code",
    ]

    /// `known` is the provider's vocabulary: words that a redacted delivery may contain.
    init(_ delivery: Delivery, _ known: Vocabulary = Vocabulary()) {
        freeForms = known.freeForms
        wordKeys.formUnion(known.words.union(known.times).union(known.counts))
        vocabulary += " \(delivery.adapter) \(delivery.account) " + known.commonWords.joined(separator: " ")
        if let json = try? JSON(parsing: delivery.body) {
            visit(json, key: "", isFree: false)
        } else if delivery.mediaType == "application/x-www-form-urlencoded" {
            for field in Form(String(decoding: delivery.body, as: UTF8.self)) { visit(field) }
        } else {
            add(String(decoding: delivery.body, as: UTF8.self))
        }
    }

    private mutating func visit(_ field: Form.Field) {
        vocabulary += " " + field.name
        if wordKeys.contains(field.name) {
            vocabulary += " " + field.value
        } else {
            add(field.value)
        }
    }

    private mutating func visit(_ json: JSON, key: String, isFree: Bool) {
        switch json.kind {
        case .object:
            for (name, value) in json.members {
                vocabulary += " " + name
                visit(value, key: name, isFree: isFree || freeForms.contains(name))
            }
        case .array: for element in json.elements { visit(element, key: key, isFree: isFree) }
        case .string, .number:
            if !isFree, wordKeys.contains(key) || key == "value" {
                vocabulary += " " + (json.stringOrNumber ?? "")
                return
            }
            let text = json.stringOrNumber ?? ""
            if text.hasPrefix("{"), let inner = try? JSON(parsing: Array(text.utf8)) {
                visit(inner, key: key, isFree: true)
            } else {
                add(text)
            }
        default: break
        }
    }

    /// Shorter words can occur by coincidence.
    private mutating func add(_ text: String) {
        let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        found.formUnion(([text] + words).filter { $0.utf8.count >= 6 })
        found.formUnion(words.filter { $0.utf8.count >= 5 && $0.first?.isUppercase == true })
    }
}

/// An output to be searched for texts in every encoding that hides them from a plain search.
struct Haystack {
    private let places: [String]

    init(_ bytes: [UInt8]) throws {
        let body = try JSON(parsing: bytes)["body"].string ?? ""
        let plain = String(decoding: bytes, as: UTF8.self)
        places = [plain, body, body.removingPercentEncoding ?? "", plain.lowercased()]
    }

    /// The name of the encoding in which the output contains the text; nil if it does not contain it.
    func writing(of text: String) -> String? {
        let bytes = Array(text.utf8)
        var writings = [
            ("plain", text), ("JSON-escaped", escaped(text)), ("URL-encoded", FormText.encode(text)), ("hexadecimal", Hex.encode(bytes)),
        ]
        for offset in 0..<3 {
            let core = base64Core(bytes, offset: offset)
            writings.append(("Base64", core))
            writings.append(("Base64 for URLs", core.replacing("+", with: "-").replacing("/", with: "_")))
        }
        return writings.first { _, writing in places.contains { $0.contains(writing) } }?.0
    }

    private func escaped(_ text: String) -> String {
        text.utf16.map { unit in "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count) + String(unit, radix: 16) }
            .joined()
    }

    /// The characters of the text's Base64 form that depend only on the text, if this many bytes precede it.
    private func base64Core(_ bytes: [UInt8], offset: Int) -> String {
        let encoded = Base64.encode([UInt8](repeating: 0, count: offset) + bytes)
        return String(encoded.prefix((offset + bytes.count) * 8 / 6).dropFirst([0, 2, 3][offset]))
    }
}
