import JSON

/// The members of an object that is written from several places. A name that is taken already gets a leading underscore.
struct MemberList {
    private var members: [(name: String, text: String)] = []
    private var names: Set<String> = []
    /// How many bytes are left; nil for no limit.
    private var room: Int?

    /// With a `limit` in bytes, a member that is too long for the remaining room is left out.
    init(upTo limit: Int? = nil) { room = limit }

    /// The number of members; it never decreases.
    var count: Int { members.count }

    /// The object as JSON text; nil if it has no members.
    var text: String? {
        guard !members.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.object { object in
            for (name, text) in members { object.member(name, raw: text) }
        }
        return writer.text
    }

    /// Appends a member unless its value is absent or null.
    mutating func append(_ name: String, _ value: JSON) {
        guard value.isPresent, let text = value.text else { return }
        append(name, raw: text)
    }

    /// Appends a member whose value is a string.
    mutating func append(_ name: String, string: String) {
        var writer = JSONWriter()
        writer.string(string)
        append(name, raw: writer.text)
    }

    /// Appends a member whose value is JSON text, unless it is nil.
    mutating func append(_ name: String, raw text: String?) {
        guard let text else { return }
        if let left = room {
            let length = name.utf8.count + text.utf8.count + 4
            guard length <= left else { return }
            room = left - length
        }
        var free = name
        while !names.insert(free).inserted { free = "_" + free }
        members.append((free, text))
    }

    /// Appends the members of an object in their order, except those for which `isElsewhere` is true.
    mutating func append(membersOf object: JSON, except isElsewhere: (String) -> Bool = { _ in false }) {
        for (name, value) in object.members where !isElsewhere(name) { append(name, value) }
    }
}
