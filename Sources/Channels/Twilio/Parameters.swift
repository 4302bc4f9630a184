import Forms
import JSON
import Messaging

/// The parameters of an item, by their names in a form. In JSON the names are equal or begin with a lower-case letter.
enum Parameters {
    case form(Form)
    case json(JSON)

    /// The value of a parameter; nil if missing or empty.
    subscript(_ name: String) -> String? {
        switch self {
        case .form(let form): form[name].flatMap { $0.isEmpty ? nil : $0 }
        case .json(let json): (json[named: name].scalar ?? json[named: name.withSmallInitial].scalar).flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// The id in a parameter; nil if missing, blank or `0`.
    subscript(id name: String) -> String? { self[name].flatMap { $0.namesSomething ? $0 : nil } }

    /// Writes the wanted parameters as members of an object, under their own names; several values of a form's name become an array.
    func write(to object: inout JSONWriter, where isWanted: (String) -> Bool) {
        switch self {
        case .form(let form): write(form, to: &object, where: isWanted)
        case .json(let json):
            for (name, value) in json.members where value.isPresent && isWanted(name) {
                if let text = value.text { object.member(name, raw: text) }
            }
        }
    }

    private func write(_ form: Form, to object: inout JSONWriter, where isWanted: (String) -> Bool) {
        var names: [String] = []
        var values: [String: [String]] = [:]
        for field in form where isWanted(field.name) {
            if values[field.name, default: []].isEmpty { names.append(field.name) }
            values[field.name, default: []].append(field.value)
        }
        for name in names {
            let list = values[name] ?? []
            if list.count == 1 {
                object.member(name, ifPresent: list.first)
                continue
            }
            object.key(name)
            object.array { array in
                for value in list { array.string(value) }
            }
        }
    }

    /// All parameters with a prefix, as text, with the rest of their names in snake case: `source_url`.
    func members(after prefix: String) -> [(name: String, value: String)] {
        var members: [(name: String, value: String)] = []
        func add(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            let rest = name.hasPrefix(prefix) ? name.dropFirst(prefix.count) : nil
            let smallRest = name.hasPrefix(prefix.withSmallInitial) ? name.dropFirst(prefix.count) : nil
            guard let part = rest ?? smallRest, !part.isEmpty else { return }
            let snake = String(part).inSnakeCase
            if !members.contains(where: { $0.name == snake }) { members.append((snake, value)) }
        }
        switch self {
        case .form(let form): for field in form { add(field.name, field.value) }
        case .json(let json): for (name, value) in json.members { add(name, value.scalar) }
        }
        return members
    }
}

extension JSON {
    /// The text of a string, a number, true or false.
    fileprivate var scalar: String? {
        stringOrNumber ?? (kind == .bool ? text : nil)
    }
}

extension String {
    /// `messageSid` for `MessageSid`.
    var withSmallInitial: String { prefix(1).lowercased() + dropFirst() }

    /// `source_url` for `SourceUrl`.
    fileprivate var inSnakeCase: String {
        var text = ""
        for character in self {
            if character.isUppercase, !text.isEmpty { text += "_" }
            text += character.lowercased()
        }
        return text
    }
}
