extension JournalReader {
    /// The last number that a row has or had: a stream that begins after it contains only what is stored from now on.
    public func lastSequence() async throws(JournalError) -> Int64 { try await read { try OutboxBacklog.lastSequence($0) } }

    /// The messages, statuses and events after a position, in the order of their commits: at most `limit`, and about `byteLimit` bytes of
    /// rows. `make` is called for each on the reader's thread.
    public func streamed<Value: Sendable>(
        after position: Int64, limit: Int, byteLimit: Int, as make: @escaping @Sendable (StreamedItem) -> Value
    ) async throws(JournalError) -> StreamPage<Value> {
        try await read { try StreamQuery(position: position, limit: limit, byteLimit: byteLimit, make: make).page($0) }
    }
}
