import Foundation
import GRDB
import SwitchboardTesting
import Testing

@testable import SQLiteStore

@Suite("Prepared statements")
struct PreparedStatementTests {
    private let folder: TemporaryFolder
    private let connection: DatabaseQueue

    init() throws {
        folder = try TemporaryFolder()
        connection = try DatabaseQueue(path: "\(folder.path)/values.sqlite")
        try connection.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, value UNIQUE)") }
    }

    private func with<Value>(_ body: (Database) throws -> Value) throws -> Value { try connection.writeWithoutTransaction(body) }

    /// Stores a value; returns the value and its storage class, in the form in which SQLite shows them.
    private func stored(_ fill: (inout RowBuffer) -> Void) throws -> [String?] {
        try with { db in
            try db.statement("INSERT INTO t (value) VALUES (?)").run(fill)
            let query = try db.statement("SELECT typeof(value), quote(value) FROM t ORDER BY id DESC LIMIT 1")
            return try query.first { [$0.string(0), $0.string(1)] } ?? []
        }
    }

    @Test("Each storage class is stored unchanged")
    func binding() throws {
        #expect(try stored { $0.null() } == ["null", "NULL"])
        #expect(try stored { $0.integer(.max) } == ["integer", "9223372036854775807"])
        #expect(try stored { $0.integer(.min) } == ["integer", "-9223372036854775808"])
        #expect(try stored { $0.integer(Int64?.none) } == ["null", "NULL"])
        #expect(try stored { $0.real(-0.5) } == ["real", "-0.5"])
        #expect(try stored { $0.text("Ünï’s") } == ["text", "'Ünï’s'"])
        #expect(try stored { $0.text("") } == ["text", "''"])
        #expect(try stored { $0.text(String?.none) } == ["null", "NULL"])
        #expect(try stored { $0.blob([0, 1, 255]) } == ["blob", "X'0001FF'"])
        #expect(try stored { $0.blob([]) } == ["blob", "X''"])
        #expect(try stored { $0.text(bytes: 3) { $0.copyBytes(from: "abc".utf8) } } == ["text", "'abc'"])
    }

    @Test("Each storage class is read unchanged, by position and by name")
    func reading() throws {
        try with { db in
            let sql = "SELECT NULL AS missing, 42 AS number, 2.5 AS real, 'text' AS text, X'00FF' AS bytes"
            let count = try db.statement(sql).first { row in
                #expect(row.isNull(0) && row.isNull("missing") && !row.isNull("text"))
                #expect(row.integer(1) == 42 && row.integer("number") == 42)
                #expect(row.real(2) == 2.5 && row.real("real") == 2.5)
                #expect(row.string(3) == "text" && row.string("text") == "text")
                #expect(row.blob(4) == [0, 255] && row.blob("bytes") == [0, 255])
                return row.index(of: "bytes")
            }
            #expect(count == 4)
        }
    }

    @Test("A value of another class, or a missing one, is read as nil")
    func otherClasses() throws {
        try with { db in
            try db.statement("SELECT NULL, 7, X'41', 'text'").forEach { row in
                #expect(row.string(0) == nil && row.integer(0) == 0 && row.real(0) == 0 && row.blob(0) == [])
                #expect(row.string(1) == nil && row.string(2) == nil)
                #expect(row.blob(3) == Array("text".utf8))
                #expect(row.index(of: "missing") == -1)
                #expect(row.isNull("missing") && row.string("missing") == nil)
                return true
            }
        }
    }

    @Test("A text is stored and read with its zero bytes", arguments: ["a\0b", "\0", "a\0", "\0\0ü"])
    func zeros(_ text: String) throws {
        try with { db in
            try db.statement("INSERT INTO t (value) VALUES (?)").run { $0.text(text) }
            #expect(try db.statement("SELECT value FROM t").first { $0.string(0) } == text)
            let search = try db.statement("SELECT id FROM t WHERE value = ?")
            #expect(try search.first({ $0.text(text) }) { $0.integer(0) } == 1)
            #expect(try search.first({ $0.text(String(text.prefix { $0 != "\0" })) }) { $0.integer(0) } == nil)
        }
    }

    @Test("The bytes of a text are read without creating a text, and those of other classes are not")
    func bytes() throws {
        try with { db in
            try db.statement("SELECT 'ü' || char(0), '', NULL, 7, X'41'").forEach { row in
                let read = (0..<5).map { row.utf8($0).map { Array($0) } }
                #expect(read == [Array("ü\0".utf8), [], nil, nil, nil])
                return true
            }
        }
    }

    @Test("A column equals exactly its own bytes")
    func equals() throws {
        try with { db in
            try db.statement("SELECT 'abc', X'616263', '', NULL, 'a' || char(0)").forEach { row in
                #expect(row.equals(0, "abc") && row.equals(1, "abc") && row.equals(2, "") && row.equals(4, "a\0"))
                #expect(!row.equals(0, "ab") && !row.equals(0, "abcd") && !row.equals(3, "") && !row.equals(4, "a"))
                return true
            }
        }
    }

    @Test("One statement can store rows of different lengths in succession")
    func lengths() throws {
        try with { db in
            let insertion = try PreparedStatement(db, "INSERT INTO t (value) VALUES (?)")
            let texts = [10, 1_000_000, 0, 3, 300_000, 1].map { String(repeating: "x", count: $0) }
            for text in texts { #expect(try insertion.run { $0.text(text) } == 1) }
            #expect(try db.statement("SELECT value FROM t ORDER BY id").all { $0.string(0) } == texts)
        }
    }

    @Test("A query can be stopped after any row, and run again")
    func some() throws {
        try with { db in
            let query = try PreparedStatement(
                db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n")
            for _ in 0..<2 {
                var seen: [Int64] = []
                try query.forEach({ $0.integer(5) }) { row in
                    seen.append(row.integer(0))
                    return seen.count < 3
                }
                #expect(seen == [1, 2, 3])
                #expect(try query.all({ $0.integer(4) }) { $0.integer(0) } == [1, 2, 3, 4])
                #expect(try query.first({ $0.integer(1) }) { $0.integer(0) } == 1)
            }
            #expect(try db.statement("SELECT 1 WHERE FALSE").first { $0.integer(0) } == nil)
            #expect(try db.statement("SELECT 1 WHERE FALSE").all { $0.integer(0) } == [])
        }
    }

    @Test("A change reports the number of changed rows, and returns requested columns")
    func changes() throws {
        try with { db in
            for value in Int64(1)...3 { try db.statement("INSERT INTO t (value) VALUES (?)").run { $0.integer(value) } }
            #expect(try db.statement("UPDATE t SET value = value + 10 WHERE value > ?").run { $0.integer(1) } == 2)
            #expect(try db.statement("UPDATE t SET value = 20 WHERE value = 1 RETURNING id").first { $0.integer(0) } == 1)
            #expect(try db.statement("DELETE FROM t WHERE value = 99").run { _ in } == 0)
            #expect(try db.statement("SELECT value FROM t ORDER BY value").all { $0.integer(0) } == [12, 13, 20])
        }
    }

    @Test("After an error a statement runs normally")
    func afterError() throws {
        try with { db in
            let insertion = try PreparedStatement(db, "INSERT INTO t (value) VALUES (?)")
            try insertion.run { $0.text("once") }
            let error = #expect(throws: SQLiteError.self) { try insertion.run { $0.text("once") } }
            #expect(error?.resultCode == .SQLITE_CONSTRAINT)
            #expect(error?.message == "UNIQUE constraint failed: t.value")
            #expect(error?.isOfTheSystem == false)
            #expect(try insertion.run { $0.text("twice") } == 1)
            let query = try PreparedStatement(db, "SELECT value FROM t ORDER BY id")
            #expect(throws: Refusal.self) { try query.forEach { _ in throw Refusal() } }
            #expect(try query.all { $0.string(0) } == ["once", "twice"])
            // If a statement were still on a row, its table could not be dropped.
            try db.execute(sql: "DROP TABLE t")
            let missing = #expect(throws: SQLiteError.self) { try query.all { $0.string(0) } }
            #expect(missing?.words == "no such table: t")
        }
    }

    @Test("A parameter without a value, or a value without a parameter, is refused")
    func count() throws {
        try with { db in
            let query = try db.statement("SELECT ?1, ?2")
            for count in [0, 1, 3] {
                let error = #expect(throws: SQLiteError.self) {
                    try query.first({ values in for _ in 0..<count { values.integer(1) } }) { _ in }
                }
                #expect(error?.resultCode == .SQLITE_MISUSE)
            }
            let sum = try query.first({ values in
                values.integer(1)
                values.integer(2)
            }) { $0.integer(0) + $0.integer(1) }
            #expect(sum == 3)
        }
    }

    @Test("The connection's cached statements are the same for the same text")
    func cached() throws {
        try with { db in
            for value in Int64(1)...3 {
                let found = try db.statement("SELECT ?").first({ $0.integer(value) }) { $0.integer(0) }
                #expect(found == value)
            }
            #expect(throws: SQLiteError.self) { try db.statement("SELECT FROM") }
        }
    }
}

@Suite("Rows read one by one")
struct RowCursorTests {
    @Test("A cursor advances independently of others, and begins anew with other values")
    func walk() throws {
        let folder = try TemporaryFolder()
        try DatabaseQueue(path: "\(folder.path)/walk.sqlite").write { db in
            try db.execute(sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)")
            for word in ["one", "two", "three"] { try db.statement("INSERT INTO t (word) VALUES (?)").run { $0.text(word) } }
            let cursor = try RowCursor(db, "SELECT word FROM t WHERE id >= ? ORDER BY id")
            let other = try RowCursor(db, "SELECT id FROM t WHERE word >= ? ORDER BY word")
            #expect(cursor.row == nil)
            try cursor.start { $0.integer(2) }
            // The values that this cursor was started with are no longer in memory when its rows are read.
            try other.start { $0.text(String(repeating: "t", count: 1) + "h") }
            #expect(cursor.row?.string(0) == "two" && other.row?.integer(0) == 3)
            try cursor.advance()
            try other.advance()
            #expect(cursor.row?.string(0) == "three" && other.row?.integer(0) == 2)
            try cursor.advance()
            #expect(cursor.row == nil)
            try cursor.start { $0.integer(1) }
            #expect(cursor.row?.string(0) == "one")
            #expect(throws: SQLiteError.self) { try cursor.start { _ in } }
            #expect(cursor.row == nil)
        }
    }
}
