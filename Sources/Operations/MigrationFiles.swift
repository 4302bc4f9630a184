import Files
import Foundation
public import JSON
public import Supabase

/// The schema's scripts as files of the Supabase CLI: `supabase/migrations/<version>_<name>.sql`.
public struct MigrationFiles: Sendable {
    private let folder: String
    private let migrations: [Migration]

    /// The folder is created if it does not exist. The scripts are those for `schema`.
    public init(folder: String, schema: SchemaName = .public) {
        self.folder = folder
        migrations = Migration.all(in: schema)
    }

    /// Writes missing files, and files from an earlier version whose script was superseded since: those stay in the folder without any
    /// statement, since a project that has applied a script must keep its file. Throws before anything is written if a file has other
    /// contents.
    public func write() throws(MigrationFilesError) -> [WrittenMigration] {
        var found: [String: String] = [:]
        for migration in migrations {
            let text: String
            do throws(SmallFileError) { text = String(decoding: try SmallFile(path(of: migration)).read(), as: UTF8.self) } catch {
                if error.isAbsence { continue }
                throw MigrationFilesError(description: "\(path(of: migration)): \(error). Nothing was written")
            }
            guard migration.isFiled(text) else {
                throw MigrationFilesError(
                    description: """
                        \(path(of: migration)) is there and is not the script of this version: nothing was written. Move the file away, or write \
                        into another folder.
                        """
                )
            }
            found[migration.file] = text
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try migrations.map { migration in
                let isNew = found[migration.file] != migration.filed
                if isNew { try Data(migration.filed.utf8).write(to: URL(fileURLWithPath: path(of: migration)), options: .atomic) }
                return WrittenMigration(file: path(of: migration), isNew: isNew)
            }
        } catch {
            throw MigrationFilesError(description: "\(folder): the scripts could not be written: \(error.localizedDescription)")
        }
    }

    private func path(of migration: Migration) -> String { "\(folder)/\(migration.file)" }
}

/// A script in its folder.
public struct WrittenMigration: Presentable, Equatable {
    /// Its path.
    public let file: String
    /// False if the file was already there with the right contents.
    public let isNew: Bool

    /// Writes `{"file":…,"new":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("file", file)
            line.member("new", isNew)
        }
    }
}

/// Why the scripts were not written.
public struct MigrationFilesError: Error, CustomStringConvertible {
    /// The message, with the file or folder.
    public let description: String
}
