import Files
import Foundation
public import JSON
public import Supabase

/// The schema's scripts as files, as the Supabase CLI keeps them: `supabase/migrations/<version>_<name>.sql`.
public struct MigrationFiles: Sendable {
    private let folder: String
    private let migrations: [Migration]

    /// The folder is made where there is none. The scripts are those for `schema`.
    public init(folder: String, schema: SchemaName = .public) {
        self.folder = folder
        migrations = Migration.all(in: schema)
    }

    /// Writes those that are not there. All of them are written, also those that later ones replace: a project that has applied one must keep its file.
    /// Throws where a file is there with other contents, before anything is written.
    public func write() throws(MigrationFilesError) -> [WrittenMigration] {
        let files = FileManager.default
        for migration in migrations {
            let found: [UInt8]?
            do throws(SmallFileError) { found = try SmallFile(path(of: migration)).read() } catch {
                if error.isAbsence { continue }
                found = nil
            }
            guard found == Array(migration.sql.utf8) else {
                throw MigrationFilesError(
                    description: "\(path(of: migration)) is there and is not the script of this version: nothing was written")
            }
        }
        do {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try migrations.map { migration in
                let isNew = !files.fileExists(atPath: path(of: migration))
                if isNew { try Data(migration.sql.utf8).write(to: URL(fileURLWithPath: path(of: migration)), options: .atomic) }
                return WrittenMigration(file: path(of: migration), isNew: isNew)
            }
        } catch {
            throw MigrationFilesError(description: "\(folder): the scripts could not be written: \(error.localizedDescription)")
        }
    }

    private func path(of migration: Migration) -> String { "\(folder)/\(migration.file)" }
}

/// A script that is in its folder.
public struct WrittenMigration: Presentable, Equatable {
    /// Its path.
    public let file: String
    /// False where it was there before.
    public let isNew: Bool

    /// Writes `{"file":…,"new":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("file", file)
            line.member("new", isNew)
        }
    }
}

/// Why scripts were not written.
public struct MigrationFilesError: Error, CustomStringConvertible {
    /// Names the file or the folder.
    public let description: String
}
