import JSON

/// The members of an object that is written from several places, each name once: a name that is taken gets an underscore in front.
struct MemberList {
    private var members: [(name: String, text: String)] = []
    private var names: Set<String> = []
    /// How many bytes are left, nil where that does not matter.
    private var room: Int?

    /// With `limit` a member that is too long for what is left of so many bytes is left out.
    init(upTo limit: Int? = nil) { room = limit }

    /// How many members there are; appending never takes one away.
    var count: Int { members.count }

    /// JSON text of an object with the members; nil where there is none.
    var text: String? {
        guard !members.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.object { object in
            for (name, text) in members { object.member(name, raw: text) }
        }
        return writer.text
    }

    /// A member that is left out where its value is absent or null.
    mutating func append(_ name: String, _ value: JSON) {
        guard value.isPresent, let text = value.text else { return }
        append(name, raw: text)
    }

    /// A member whose value is a string.
    mutating func append(_ name: String, string: String) {
        var writer = JSONWriter()
        writer.string(string)
        append(name, raw: writer.text)
    }

    /// A member whose value is JSON text already; left out where it is nil.
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

    /// The members of an object, in their order, without those that stand elsewhere.
    mutating func append(membersOf object: JSON, except isElsewhere: (String) -> Bool = { _ in false }) {
        for (name, value) in object.members where !isElsewhere(name) { append(name, value) }
    }
}
