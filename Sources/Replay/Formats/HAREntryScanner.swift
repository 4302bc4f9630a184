/// Extracts the entries, `log.entries[]`, from a HAR file of any size while it is read (HAR 1.2, softwareishard.com, read 2026-11).
///
/// It considers only brackets, strings and keys, so that a malformed entry does not hide the following ones.
struct HAREntryScanner {
    /// One element of `log.entries`, byte for byte.
    struct Entry: Sendable, Equatable {
        /// Counted from 0.
        let index: Int
        /// The line on which it begins, counted from 1.
        let line: Int
        let bytes: [UInt8]
    }

    /// Whether `log.entries` was found.
    private(set) var hasEntries = false
    /// Whether the end of `log.entries` was reached.
    private(set) var isComplete = false
    /// The current line, counted from 1.
    private(set) var line = 1
    /// The number of entries that have begun.
    private(set) var count = 0

    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var text: [UInt8] = []
    /// The last key in the root object and in `log`.
    private var keys: [[UInt8]] = [[], []]
    private var entry: [UInt8] = []
    private var entryLine = 0

    /// Whether an entry has begun and not ended: at the end of the file this means that it was cut off.
    var isInEntry: Bool { hasEntries && !isComplete && depth > 3 }

    /// Takes the next bytes of the file and returns the entries that end in them.
    mutating func scan(_ bytes: [UInt8]) -> [Entry] {
        var entries: [Entry] = []
        for byte in bytes where !isComplete {
            if byte == 0x0A { line += 1 }
            if isInEntry { entry.append(byte) }
            if isInString { string(byte) } else if let ended = structure(byte) { entries.append(ended) }
        }
        return entries
    }

    private mutating func string(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
        } else if depth <= 2, text.count < 64 {
            text.append(byte)
        }
    }

    private mutating func structure(_ byte: UInt8) -> Entry? {
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            text = []
        case UInt8(ascii: ":"): if depth == 1 || depth == 2 { keys[depth - 1] = text }
        case UInt8(ascii: "{"), UInt8(ascii: "["): open(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): return close()
        default: break
        }
        return nil
    }

    private mutating func open(_ byte: UInt8) {
        depth += 1
        guard depth == 4, hasEntries else {
            if depth == 3, byte == UInt8(ascii: "["), isEntries { hasEntries = true }
            return
        }
        count += 1
        entry = [byte]
        entryLine = line
    }

    private var isEntries: Bool { keys[0].elementsEqual("log".utf8) && keys[1].elementsEqual("entries".utf8) }

    private mutating func close() -> Entry? {
        depth -= 1
        guard hasEntries else { return nil }
        isComplete = depth < 3
        guard depth == 3 else { return nil }
        defer { entry = [] }
        return Entry(index: count - 1, line: entryLine, bytes: entry)
    }
}
