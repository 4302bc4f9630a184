import JSON

extension JSON {
    /// Parses a body; throws `.malformed` if it is not JSON.
    public init(ofBody body: [UInt8]) throws(PayloadError) {
        do throws(JSONError) {
            try self.init(parsing: body)
        } catch {
            throw PayloadError(.malformed, reason: error.reason)
        }
    }
}
