extension JSON {
    /// Whether two values are equal: texts by bytes, objects in any order of members, numbers by value. Values below 64 levels of nesting
    /// are compared as text.
    public func isSame(as other: JSON) -> Bool { isSame(as: other, levels: JSON.comparedLevels) }

    /// A text that is equal for equal values only, for digests; it need not be what was parsed, nor be parseable. Members of the value
    /// itself that are in `passing` are left out.
    public func canonicalText(passing: Set<String> = []) -> String {
        var writer = JSONWriter()
        writeCanonically(to: &writer, levels: JSON.comparedLevels, passing: passing)
        return writer.text
    }

    private static let comparedLevels = 64

    private func isSame(as other: JSON, levels: Int) -> Bool {
        guard kind == other.kind else { return false }
        guard levels > 0 else { return text == other.text }
        switch kind {
        case .absent, .null: return true
        case .bool: return bool == other.bool
        case .string: return string?.utf8.elementsEqual(other.string?.utf8 ?? "".utf8) ?? false
        case .number: return int.map { $0 == other.int } ?? (text == other.text)
        case .array:
            guard count == other.count else { return false }
            return zip(elements, other.elements).allSatisfy { $0.isSame(as: $1, levels: levels - 1) }
        case .object:
            guard count == other.count else { return false }
            return zip(sortedMembers, other.sortedMembers).allSatisfy { ours, theirs in
                ours.key.utf8.elementsEqual(theirs.key.utf8) && ours.value.isSame(as: theirs.value, levels: levels - 1)
            }
        }
    }

    private func writeCanonically(to writer: inout JSONWriter, levels: Int, passing: Set<String> = []) {
        guard levels > 0 else { return writer.raw(text ?? "") }
        switch kind {
        case .absent, .null, .bool: writer.raw(text ?? "")
        case .string: writer.string(string ?? "")
        case .number: writer.raw(int.map { String($0) } ?? stringOrNumber ?? "")
        case .array:
            writer.array { for element in elements { element.writeCanonically(to: &$0, levels: levels - 1) } }
        case .object:
            writer.object {
                for (name, value) in sortedMembers where !passing.contains(name) {
                    $0.key(name)
                    value.writeCanonically(to: &$0, levels: levels - 1)
                }
            }
        }
    }

    /// Whether this value contains another, as PostgreSQL's `@>` defines it: objects contain every member, arrays a matching element for
    /// every element, and other values must be equal.
    public func contains(_ part: JSON) -> Bool {
        switch (kind, part.kind) {
        case (.object, .object): part.members.allSatisfy { self[named: $0.key].contains($0.value) }
        case (.array, .array): part.elements.allSatisfy { wanted in elements.contains { $0.contains(wanted) } }
        default: kind != .absent && isSame(as: part)
        }
    }

    /// The members sorted by the bytes of their names, since looking up each name of one long object in another would take quadratic time.
    private var sortedMembers: [(key: String, value: JSON)] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
