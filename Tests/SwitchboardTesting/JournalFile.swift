import Foundation
import GRDB

/// A journal's file as another process sees it: what is stored, read and changed by SQL.
public struct JournalFile: Sendable {
    private let path: String

    /// The file may be open in a journal.
    public init(path: String) { self.path = path }

    /// The rows of a query as text, columns divided by a bar, null a hyphen.
    public func rows(_ sql: String) throws -> [String] {
        try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(db, sql: sql).map { row in row.databaseValues.map(\.text).joined(separator: "|") }
        }
    }

    /// The first column of the first row, nil where it is null or there is no row.
    public func bytes(_ sql: String) throws -> [UInt8]? {
        try DatabaseQueue(path: path).read { try Data.fetchOne($0, sql: sql) }.map { Array($0) }
    }

    /// How many rows a table or view has.
    public func count(_ table: String) throws -> Int {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    /// How many rows there are in messages, message_statuses, events, dead_letters and deliveries, in this order.
    public func counts() throws -> [Int] {
        try ["messages", "message_statuses", "events", "dead_letters", "deliveries"].map { try count($0) }
    }

    /// Changes the file in one transaction, as another process would.
    public func execute(_ sql: String) throws { try DatabaseQueue(path: path).write { try $0.execute(sql: sql) } }
}

extension DatabaseValue {
    fileprivate var text: String {
        switch storage {
        case .null: "-"
        case .int64(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .blob(let value): String(decoding: value, as: UTF8.self)
        }
    }
}
