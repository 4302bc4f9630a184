import Logging

extension Logger.Metadata {
    /// The metadata with at most about `budget` bytes of values: longer texts and lists are cut, and say by how much. `longest` limits each
    /// text, so that one text leaves room for the others.
    func bounded(to budget: Int, longest: Int) -> Logger.Metadata {
        var rest = budget
        return Dictionary(uniqueKeysWithValues: sorted { $0.key < $1.key }.map { ($0.key, $0.value.bounded(to: &rest, longest: longest)) })
    }
}

extension Logger.MetadataValue {
    fileprivate func bounded(to rest: inout Int, longest: Int) -> Logger.MetadataValue {
        switch self {
        case .string(let text): return .string(text.bounded(to: &rest, longest: longest))
        case .stringConvertible(let value) where value is any BinaryInteger || value is Bool:
            rest -= 8
            return self
        case .stringConvertible(let value): return .string(value.description.bounded(to: &rest, longest: longest))
        case .array(let elements):
            var kept: [Logger.MetadataValue] = []
            for element in elements.prefix(while: { _ in rest > 0 }) { kept.append(element.bounded(to: &rest, longest: longest)) }
            if kept.count < elements.count { kept.append("… (\(elements.count - kept.count) more)") }
            return .array(kept)
        case .dictionary(let members):
            var kept: Logger.Metadata = [:]
            for (key, value) in members.sorted(by: { $0.key < $1.key }).prefix(while: { _ in rest > 0 }) {
                kept[key.bounded(to: &rest, longest: longest)] = value.bounded(to: &rest, longest: longest)
            }
            if kept.count < members.count { kept["…"] = "\(members.count - kept.count) more" }
            return .dictionary(kept)
        }
    }
}

extension String {
    /// The text, or its beginning and the number of missing bytes if it is longer than `limit` bytes.
    func bounded(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let start = unicodeScalars.startIndex
        var end = utf8.index(utf8.startIndex, offsetBy: Swift.max(0, limit))
        while end > start, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        let beginning = self[..<end]
        return "\(beginning)… (\(utf8.count - beginning.utf8.count) bytes more)"
    }

    fileprivate func bounded(to rest: inout Int, longest: Int) -> String {
        let text = bounded(to: Swift.min(longest, Swift.max(rest, 0)))
        // The punctuation around a value counts too, so that a million empty values are not an unlimited line.
        rest -= text.utf8.count + 4
        return text
    }
}
