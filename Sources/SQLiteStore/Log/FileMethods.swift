import GRDB
import GRDBSQLite

/// Replaces some methods of one open file, since SQLite has no hook for what a connection does to its files
/// (<https://www.sqlite.org/c3ref/io_methods.html>).
///
/// The file gets a table of methods of its own: a copy of its previous table, with some methods replaced. A replaced method finds its
/// owner, and the method that it replaces, by the file with which it is called. A file's methods may be replaced again for an owner of
/// another type. The file keeps the owner until it is closed.
enum FileMethods<Owner: AnyObject> {
    /// Gives the file another table, in which `change` has replaced methods.
    static func replace(
        of file: UnsafeMutablePointer<sqlite3_file>, for owner: Owner, _ change: (inout sqlite3_io_methods) -> Void
    ) throws {
        guard let original = unsafe file.pointee.pMethods else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
        let table = UnsafeMutablePointer<FileMethodTable>.allocate(capacity: 1)
        unsafe table.initialize(
            to: FileMethodTable(own: original.pointee, original: original, kind: ObjectIdentifier(Owner.self), owner: owner))
        unsafe change(&table.pointee.own)
        unsafe table.pointee.own.xClose = { file in unsafe FileMethodTable.close(file) }
        unsafe file.pointee.pMethods = UnsafeRawPointer(table).assumingMemoryBound(to: sqlite3_io_methods.self)
    }

    /// Calls `body` for a replaced method, with its file's owner, the file's previous methods, and the file itself.
    static func call(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ body: (Owner, UnsafePointer<sqlite3_io_methods>, UnsafeMutablePointer<sqlite3_file>) -> Int32
    ) -> Int32 {
        guard let file = unsafe file, var methods = unsafe file.pointee.pMethods else { return SQLITE_MISUSE }
        while true {
            let table = unsafe UnsafeRawPointer(methods).assumingMemoryBound(to: FileMethodTable.self)
            // Methods that were replaced later stand in front.
            guard unsafe table.pointee.kind == ObjectIdentifier(Owner.self) else {
                unsafe methods = table.pointee.original
                continue
            }
            let owner = unsafe unsafeDowncast(table.pointee.owner, to: Owner.self)
            return unsafe body(owner, table.pointee.original, file)
        }
    }
}

/// SQLite only sees the first member.
@unsafe private struct FileMethodTable {
    var own: sqlite3_io_methods
    let original: UnsafePointer<sqlite3_io_methods>
    let kind: ObjectIdentifier
    let owner: AnyObject

    /// Closes the file by its previous methods, and frees the table in front.
    static func close(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
        guard let file = unsafe file, let methods = unsafe file.pointee.pMethods else { return SQLITE_MISUSE }
        let table = unsafe UnsafeMutableRawPointer(mutating: methods).assumingMemoryBound(to: FileMethodTable.self)
        unsafe file.pointee.pMethods = table.pointee.original
        let code = unsafe table.pointee.original.pointee.xClose?(file) ?? SQLITE_OK
        unsafe table.deinitialize(count: 1)
        unsafe table.deallocate()
        return code
    }
}
