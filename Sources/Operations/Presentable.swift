public import JSON

/// The result of an operation: a value with one JSON form, which the command line prints and a route serves.
public protocol Presentable: Sendable {
    /// Writes the value as one JSON value, without line breaks.
    func write(to writer: inout JSONWriter)
}

extension Presentable {
    /// The value as one line of JSON, without a line break.
    public var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }
}

extension Array: Presentable where Element: Presentable {
    /// Writes a JSON array.
    public func write(to writer: inout JSONWriter) {
        writer.array { list in
            for element in self { element.write(to: &list) }
        }
    }
}
