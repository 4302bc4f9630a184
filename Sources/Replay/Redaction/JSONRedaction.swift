import JSON
import PhoneNumbers

/// Replaces the contents of a JSON value by fakes; keys, types and order stay.
struct JSONRedaction {
    private var text: TextRedaction
    private let rules: RedactionRules

    /// First collects the names and numbers of the whole value, so that they get the same fakes in its texts.
    init(_ text: TextRedaction, _ rules: RedactionRules, learningFrom json: JSON) {
        self.text = text
        self.rules = rules
        var numbers = KnownNumbers.Found()
        learn(json, at: Context(), &numbers)
        self.text.numbers = KnownNumbers(numbers)
    }

    /// The value's fake.
    func redacted(_ json: JSON) -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        write(json, at: Context(), to: &writer)
        return writer.bytes
    }

    /// The location of a value.
    private struct Context {
        var key = ""
        var parent = ""
        /// Whether the value is in a part whose keys do not say what values are.
        var isFree = false
        /// Whether it is part of a contact, which a sender may have written.
        var isOfContact = false

        func member(_ name: String, _ rules: RedactionRules) -> Context {
            Context(key: name, parent: key, isFree: isFree || rules.isFreeForm(name), isOfContact: isOfContact || name == "contacts")
        }
    }

    private mutating func learn(_ json: JSON, at context: Context, _ numbers: inout KnownNumbers.Found) {
        switch json.kind {
        case .object: for (name, value) in json.members { learn(value, at: context.member(name, rules), &numbers) }
        case .array: for element in json.elements { learn(element, at: context, &numbers) }
        case .string, .number:
            guard let value = json.stringOrNumber else { return }
            guard rules.isLearned(context.key, in: context.parent) else { return }
            text.learn(value, isName: rules.isName(context.key), isLocal: context.key == "phone", &numbers)
        default: break
        }
    }

    /// The redaction for a value at this location: ids have their own.
    private func text(at context: Context) -> TextRedaction { rules.isID(context.key, in: context.parent) ? text.ofIDs : text }

    private func write(_ json: JSON, at context: Context, to writer: inout JSONWriter) {
        switch json.kind {
        case .object:
            writer.object { object in
                for (name, value) in json.members {
                    object.key(RedactionRules.isHarmless(key: name) ? name : text.fake(name))
                    write(value, at: context.member(name, rules), to: &object)
                }
            }
        case .array:
            writer.array { array in
                for element in json.elements { write(element, at: context, to: &array) }
            }
        case .string: writer.string(fake(json.string ?? "", at: context))
        case .number where json.isBeyondRange: writer.string(fake(json.stringOrNumber ?? "", at: context))
        case .number: writer.raw(fake(number: json.text ?? "0", at: context))
        case .bool, .null, .absent: writer.raw(json.text ?? "null")
        }
    }

    private func fake(_ value: String, at context: Context) -> String {
        if rules.isHarmless(
            value, at: context.key, in: context.parent, isFree: context.isFree, isOfContact: context.isOfContact)
        {
            return rules.isTime(value, at: context.key) ? fake(time: value, at: context) : value
        }
        if !context.isFree, !context.isOfContact, rules.isWord(value, at: context.key, in: context.parent),
            text.number(in: value, isLocal: false) == nil
        {
            return text.fake(digitsOf: value)
        }
        if value.hasPrefix("{") || value.hasPrefix("["), let inner = try? JSON(parsing: Array(value.utf8)) {
            var writer = JSONWriter(capacity: value.utf8.count)
            write(inner, at: Context(key: context.key, parent: context.parent, isFree: true), to: &writer)
            return writer.text
        }
        if rules.isCoordinate(context.key) { return text.fake(coordinate: value) }
        return text(at: context).fake(value, isName: rules.isName(context.key), isLocal: context.key == "phone")
    }

    /// A time in seconds may have the digits of a number that occurs elsewhere in the delivery.
    private func fake(time: String, at context: Context) -> String {
        text.isKnown(time) ? text.fake(time) : text.fake(time: time)
    }

    private func fake(number: String, at context: Context) -> String {
        if rules.isHarmless(number: number, at: context.key, isFree: context.isFree), !text.isKnown(number) { return number }
        if text.startOfNobody(number, isLocal: context.key == "phone") != nil { return number }
        if rules.isCoordinate(context.key) { return text.fake(coordinate: number) }
        let text = text(at: context)
        if let phone = text.number(in: number, isLocal: context.key == "phone") { return text.phones.write(phone, in: number) }
        return text.fake(numeral: number)
    }
}
